/** The labels and the slots of a machine. Only what was changed is sent. */

import { useState } from "preact/hooks";

import { api } from "../../api/client";
import { Dialog } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { say } from "../../components/notices";
import { labelsOf, type Worker } from "./words";

export function EditForm({ worker, onClose }: { worker: Worker; onClose: () => void }) {
  const [labels, setLabels] = useState(worker.labels.join(", "));
  const [slots, setSlots] = useState(String(worker.slots));

  async function save(): Promise<void> {
    const body = {
      ...(labels !== worker.labels.join(", ") && { labels: labelsOf(labels) }),
      ...(slots !== String(worker.slots) && { slots: Number(slots) }),
    };
    await api.PATCH("/api/v1/workers/{worker}", { params: { path: { worker: worker.name } }, body });
    say(`Saved ${worker.name}.`);
    onClose();
  }

  return (
    <Dialog title={`Edit ${worker.name}`} onClose={onClose}>
      <Form action="Save" onSubmit={save}>
        <TextField label="Labels" hint="What tasks may ask for, with commas between them. Tasks that run there continue." value={labels} onInput={setLabels} autofocus />
        <TextField label="Slots" hint="How many tasks it runs at once." type="number" required value={slots} onInput={setSlots} />
      </Form>
    </Dialog>
  );
}
