/** The fields of a task's form: those of its command and its success, and the others under "More". */

import { TASK } from "../../api/fields";
import { Declared, Unchanged } from "../../components/declared-field";
import { CheckField, TextField } from "../../components/fields";
import type { TaskValues } from "./task-values";

type FieldOf = <N extends keyof TaskValues>(name: N) => { value: TaskValues[N]; onInput: (value: TaskValues[N]) => void };

interface FieldsProps {
  values: TaskValues;
  field: FieldOf;
}

const WIDE = ["files", "variables"];

function Group({ group, field }: { group: string; field: FieldOf }) {
  return (
    <>
      {TASK.filter((one) => one.group === group).map((one) => (
        <div key={one.name} class={WIDE.includes(one.kind) ? "across" : "one"}>
          <Declared field={one} {...field(one.name)} />
        </div>
      ))}
    </>
  );
}

export function TaskFields({ values, field, onCommand }: FieldsProps & { onCommand: (command: string) => void }) {
  const command = { label: values["shell"] ? "Command (shell line)" : "Command", value: values.command, onInput: onCommand };
  return (
    <div class="fields">
      <TextField label="Task ID" required mono {...field("id")} />
      <div class="twice">
        <TextField
          {...command}
          hint={TASK.find(({ name }) => name === "command")?.help}
          required
          autofocus
          mono
          rows={values["shell"] || values.command.includes("\n") ? 2 : undefined}
        />
      </div>
      <div class="across"><Arguments values={values} field={field} /></div>
      <Group group="Success" field={field} />
    </div>
  );
}

function Arguments({ values, field }: FieldsProps) {
  if (values.args === null) return <Unchanged label="Arguments" />;
  const hint = values.argsEach ? "One per line; each is passed as it is." : "Split as on a command line.";
  const { onInput } = field("args");
  return <TextField label="Arguments" hint={hint} mono value={values.args} onInput={onInput} rows={values.argsEach ? Math.min(8, 1 + values.args.split("\n").length) : undefined} />;
}

interface MoreProps extends FieldsProps {
  others: string[];
  isGraph: boolean;
  before: string[];
  position: string;
  onPosition: (position: string) => void;
}

export function TaskMore({ values, field, others, isGraph, before, position, onPosition }: MoreProps) {
  return (
    <details>
      <summary>More: order, limits, environment</summary>
      <div class="fields">
        <div class="across">
          <DependsOn values={values} field={field} others={others} isGraph={isGraph} before={before} />
        </div>
        <TextField label="Position" type="number" hint="1 is first." value={position} onInput={onPosition} />
        <Group group="Limits" field={field} />
        <Group group="Deadlines" field={field} />
        <Group group="Machine" field={field} />
        <Group group="Environment" field={field} />
      </div>
    </details>
  );
}

function DependsOn({ values, field, others, isGraph, before }: Omit<MoreProps, "position" | "onPosition">) {
  const { onInput } = field("depends_on");
  const chosen = values.depends_on;
  if (others.length === 0) return <p class="note">This is the only task.</p>;
  const toggle = (name: string, on: boolean) => onInput(others.filter((other) => (other === name ? on : chosen?.includes(other))));
  return (
    <fieldset class="depends">
      <legend>Depends on</legend>
      {!isGraph && (
        <CheckField
          label="In list order"
          hint="Otherwise this task starts when the selected tasks have finished."
          checked={chosen === null}
          onInput={(ordered) => onInput(ordered ? null : before)}
        />
      )}
      {chosen !== null && (
        <div class="row">
          {others.map((name) => (
            <CheckField key={name} label={name} checked={chosen.includes(name)} onInput={(on) => toggle(name, on)} />
          ))}
        </div>
      )}
      {chosen?.length === 0 && <p class="note">With no task selected, it starts with the run.</p>}
    </fieldset>
  );
}
