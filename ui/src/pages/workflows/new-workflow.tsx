/** The way to a new workflow: open, look, make. Everything has a default. */

import { useEffect, useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { confirm, Dialog } from "../../components/dialog";
import { ChoiceField, TextField } from "../../components/fields";
import { Form, outdated } from "../../components/form";
import { say } from "../../components/notices";
import { Press } from "../../components/press";
import { useValues } from "../../components/values";
import { go, link } from "../../router";
import { documentOf, firstFree, NEW } from "./new-values";

const PAGE = 200;

async function nextWorkflowId(): Promise<string> {
  const taken: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { q: string; limit: number; cursor: string | null } = { q: "workflow_", limit: PAGE, cursor };
    const page = await take(api.GET("/api/v1/workflows", { params: { query } }));
    taken.push(...page.items.map((one) => one.id));
    cursor = page.next_cursor;
  } while (cursor);
  return firstFree(taken);
}

export function NewWorkflow({ onClose }: { onClose: () => void }) {
  const { values, field, setValues } = useValues(NEW);
  const [free, setFree] = useState("");
  useEffect(() => {
    nextWorkflowId().then(setFree, () => undefined);
  }, []);

  const id = async () => values.id.trim() || (await nextWorkflowId());

  async function submit(): Promise<void> {
    const workflow = await id();
    try {
      const body = { yaml: documentOf(values, workflow) };
      await api.PUT("/api/v1/workflows/{workflow}/document", { params: { path: { workflow } }, body });
    } catch (error) {
      if (outdated(error)) throw new Error(`Workflow ${workflow} already exists; choose another ID.`);
      throw error;
    }
    onClose();
    go(link("workflows", workflow));
    say(`Created ${workflow}. Run it, or add the next task.`);
  }

  async function asYaml(): Promise<void> {
    const typed = JSON.stringify({ ...values, id: "" }) !== JSON.stringify(NEW);
    const words = "The YAML starts from an example; only the ID is kept.";
    if (typed && !(await confirm("Leave the form?", words, "Write it as YAML"))) return;
    const workflow = await id().catch(() => "workflow_1");
    onClose();
    go(link("workflows", workflow, "edit", { new: "1" }));
  }

  /** A default that is meant for `echo` would be wrong for any other command. */
  function onCommand(command: string): void {
    setValues((before) => {
      const untouched = before.args === NEW.args || before.args === "";
      return { ...before, command, args: untouched ? (command === NEW.command ? NEW.args : "") : before.args };
    });
  }

  return (
    <Dialog title="New workflow" onClose={onClose}>
      <Form action="Create workflow" onSubmit={submit}>
        <TextField label="Workflow ID" hint="Letters, digits, _ . and -" placeholder={free} mono autofocus {...field("id")} />
        <TextField label="Description" {...field("description")} />
        <div class="fields">
          <TextField label="Command of the first task" hint="Empty: no task yet." mono value={values.command} onInput={onCommand} />
          <TextField label="Arguments" mono {...field("args")} />
        </div>
        <ChoiceField
          label="Schedule"
          options={[["none", "None: run it by hand"], ["hourly", "Every 60 minutes"], ["weekdays", "Monday to Friday at 00:00"]]}
          value={values.when}
          onInput={(when) => setValues((before) => ({ ...before, when: when as typeof NEW.when }))}
        />
        <p class="faint">
          Add more tasks and other schedules on its page, or{" "}
          <Press type="button" class="link" act={() => asYaml()}>write it as YAML</Press>.
        </p>
      </Form>
    </Dialog>
  );
}
