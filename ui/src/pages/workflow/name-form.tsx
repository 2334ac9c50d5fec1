/** Another identifier: for a copy, or for the workflow itself. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { Dialog } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { say } from "../../components/notices";
import { go, link } from "../../router";

const WORDS = {
  copy: { title: "Copy", action: "Copy", hint: "Tasks are copied; schedules are not." },
  rename: { title: "Rename", action: "Rename", hint: "Its schedules and history keep belonging to it." },
} as const;

interface NameFormProps {
  kind: "copy" | "rename";
  workflow: Shapes["WorkflowAnswer"];
  onClose: () => void;
}

export function NameForm({ kind, workflow: { id, version }, onClose }: NameFormProps) {
  const [name, setName] = useState(kind === "copy" ? `${id}_copy` : id);
  const [looked, setLooked] = useState(version);
  const { title, action, hint } = WORDS[kind];
  const path = { workflow: id };

  async function submit(): Promise<void> {
    const body = { id: name.trim() };
    const saved = await take(
      kind === "copy"
        ? api.POST("/api/v1/workflows/{workflow}/copy", { params: { path }, body })
        : api.POST("/api/v1/workflows/{workflow}/rename", { params: { path, header: { "if-match": String(looked) } }, body }),
    );
    onClose();
    go(link("workflows", saved.id));
    say(kind === "copy" ? `Copied ${id} to ${saved.id}.` : `Renamed ${id} to ${saved.id}.`);
  }

  async function refetch(): Promise<void> {
    setLooked((await take(api.GET("/api/v1/workflows/{workflow}", { params: { path } }))).version);
  }

  return (
    <Dialog title={`${title} ${id}`} onClose={onClose}>
      <Form action={action} onSubmit={submit} refetch={refetch}>
        <TextField label="Workflow ID" hint={hint} value={name} onInput={setName} required autofocus mono />
      </Form>
    </Dialog>
  );
}
