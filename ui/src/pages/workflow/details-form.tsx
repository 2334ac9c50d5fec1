/** What a workflow says beside its tasks: description, labels, how many runs at once, and whether they keep Windows awake. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { changesOf, valuesOf, type TypedValues } from "../../api/declared";
import { WORKFLOW } from "../../api/fields";
import { Dialog } from "../../components/dialog";
import { Declared } from "../../components/declared-field";
import { Form } from "../../components/form";
import { useValues } from "../../components/values";

type WorkflowAnswer = Shapes["WorkflowAnswer"];

/** Its name and whether it is paused have buttons of their own. */
const FORM = WORKFLOW.filter(({ name }) => name !== "id" && name !== "enabled");

export function DetailsForm({ workflow, onClose }: { workflow: WorkflowAnswer; onClose: () => void }) {
  const [looked, setLooked] = useState(workflow);
  const { values, field } = useValues<TypedValues>(() => valuesOf(FORM, { ...workflow }));
  const path = { workflow: workflow.id };

  async function submit(): Promise<void> {
    const body = changesOf(FORM, valuesOf(FORM, { ...looked }), values);
    if (Object.keys(body).length > 0) {
      const header = { "if-match": String(looked.version) };
      await api.PATCH("/api/v1/workflows/{workflow}", { params: { path, header }, body: body as Shapes["WorkflowChange"] });
    }
    onClose();
  }

  async function refetch(): Promise<void> {
    setLooked(await take(api.GET("/api/v1/workflows/{workflow}", { params: { path } })));
  }

  return (
    <Dialog title={`Details of ${workflow.id}`} onClose={onClose}>
      <Form action="Save" onSubmit={submit} refetch={refetch}>
        {FORM.map((one) => (
          <Declared key={one.name} field={one} value={values[one.name] ?? ""} onInput={field(one.name).onInput} />
        ))}
      </Form>
    </Dialog>
  );
}
