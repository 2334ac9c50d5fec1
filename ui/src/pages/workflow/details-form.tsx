/** What a workflow says beside its tasks: description, labels, how many runs at once, and whether they keep Windows awake. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { Dialog } from "../../parts/dialog";
import { ChoiceField, TextField } from "../../parts/fields";
import { Form } from "../../parts/form";
import { useValues } from "../../parts/values";

type WorkflowAnswer = Shapes["WorkflowAnswer"];

const AWAKE: [string, string][] = [["", "For runs of schedules"], ["true", "For every run"], ["false", "Never"]];

const valuesOf = ({ description, labels, max_active_runs, keep_awake }: WorkflowAnswer) => ({
  description,
  labels: labels.join(" "),
  most: max_active_runs === null ? "" : String(max_active_runs),
  awake: keep_awake === null ? "" : String(keep_awake),
});

export function DetailsForm({ workflow, onClose }: { workflow: WorkflowAnswer; onClose: () => void }) {
  const [looked, setLooked] = useState(workflow);
  const { values, field } = useValues(() => valuesOf(workflow));
  const path = { workflow: workflow.id };

  async function submit(): Promise<void> {
    const before = valuesOf(looked);
    const body: Partial<Shapes["WorkflowChange"]> = {};
    if (values.description !== before.description) body.description = values.description;
    if (values.labels !== before.labels) body.labels = values.labels.split(/[\s,]+/).filter(Boolean);
    if (values.most !== before.most) body.max_active_runs = values.most.trim() ? Number(values.most) : null;
    if (values.awake !== before.awake) body.keep_awake = values.awake ? values.awake === "true" : null;
    if (Object.keys(body).length > 0) {
      const header = { "if-match": String(looked.version) };
      await api.PATCH("/api/v1/workflows/{workflow}", { params: { path, header }, body: body as Shapes["WorkflowChange"] });
    }
    onClose();
  }

  async function anew(): Promise<void> {
    setLooked(await take(api.GET("/api/v1/workflows/{workflow}", { params: { path } })));
  }

  return (
    <Dialog title={`Details of ${workflow.id}`} onClose={onClose}>
      <Form action="Save" onSubmit={submit} anew={anew}>
        <TextField label="Description" rows={3} autofocus {...field("description")} />
        <TextField label="Labels" hint="Separated by spaces." {...field("labels")} />
        <TextField label="Most runs at once" type="number" hint="Empty: no limit." {...field("most")} />
        <ChoiceField label="Keep Windows awake" options={AWAKE} {...field("awake")} />
      </Form>
    </Dialog>
  );
}
