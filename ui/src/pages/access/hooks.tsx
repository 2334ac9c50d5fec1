/** Webhooks: addresses that start a workflow when somebody who knows the secret calls them. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Dialog } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { Section } from "../../components/layout";
import { link } from "../../router";
import { Time } from "../../time/time";
import { Rows } from "./rows";
import { Secret } from "./secret";

export function Hooks() {
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/hooks", { signal })),
    (one) => one.kind === "catalog.changed",
    [],
  );
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<Shapes["HookSecret"]>();
  return (
    <Section title="Webhooks" beside={<button onClick={() => setOpen(true)}>Add webhook</button>}>
      <Rows
        loaded={loaded}
        empty="No webhooks yet. A webhook lets another program start a workflow."
        heads={["Workflow", "Address", "Created"]}
        cells={(hook) => [
          <a key="w" href={link("workflows", hook.workflow_id)}>
            {hook.workflow_id}
          </a>,
          <code key="p">{hook.path}</code>,
          <Time key="at" at={hook.created_at} />,
        ]}
        name={(hook) => hook.id}
        onDelete={(hook) => api.DELETE("/api/v1/hooks/{hook}", { params: { path: { hook: hook.id } } })}
        consequence="Calls signed with its secret are refused from then on."
      />
      {open && (
        <HookForm
          onClose={(hook) => {
            setOpen(false);
            setMade(hook);
            loaded.again();
          }}
        />
      )}
      {made && (
        <Secret
          title={`Secret of ${made.path}`}
          secret={made.secret}
          words="Sign each call: set X-Signature-256 to sha256= followed by the HMAC-SHA256 of X-Timestamp, a full stop and the body."
          onClose={() => setMade(undefined)}
        />
      )}
    </Section>
  );
}

function HookForm({ onClose }: { onClose: (hook?: Shapes["HookSecret"]) => void }) {
  const [workflow, setWorkflow] = useState("");

  async function save(): Promise<void> {
    onClose(await take(api.POST("/api/v1/hooks", { body: { workflow_id: workflow } })));
  }

  return (
    <Dialog title="Add webhook" onClose={() => onClose()}>
      <Form action="Add webhook" onSubmit={save}>
        <TextField label="Workflow ID" value={workflow} onInput={setWorkflow} required autofocus />
      </Form>
    </Dialog>
  );
}
