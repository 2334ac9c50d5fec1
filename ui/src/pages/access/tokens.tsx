/** Tokens: what programs sign in with. */

import { useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Dialog } from "../../components/dialog";
import { ChoiceField, TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { Section } from "../../components/layout";
import type { Role } from "../../session";
import { Time } from "../../time/time";
import { Rows } from "./rows";
import { Secret } from "./secret";
import { ROLES } from "./users";

export function Tokens() {
  const loaded = useLive((signal) => take(api.GET("/api/v1/tokens", { signal })), () => false, []);
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<string>();
  return (
    <Section title="Tokens" beside={<button onClick={() => setOpen(true)}>Add token</button>}>
      <Rows
        loaded={loaded}
        empty="No tokens yet. Programs use a token to call the API."
        heads={["Name", "Role", "Created by", "Expires"]}
        cells={(token) => [token.id, token.role, token.created_by, <Time key="at" at={token.expires_at} />]}
        name={(token) => token.id}
        onDelete={(token) => api.DELETE("/api/v1/tokens/{token}", { params: { path: { token: token.id } } })}
        consequence="Programs that use it lose access immediately."
      />
      {open && (
        <TokenForm
          onClose={(token) => {
            setOpen(false);
            setMade(token);
            loaded.again();
          }}
        />
      )}
      {made && (
        <Secret
          title="New token"
          secret={made}
          words="Send it with every request, in the header Authorization: Bearer TOKEN."
          onClose={() => setMade(undefined)}
        />
      )}
    </Section>
  );
}

function TokenForm({ onClose }: { onClose: (token?: string) => void }) {
  const [id, setId] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");

  async function save(): Promise<void> {
    onClose((await take(api.POST("/api/v1/tokens", { body: { id, role, days: Number(days) } }))).token);
  }

  return (
    <Dialog title="Add token" onClose={() => onClose()}>
      <Form action="Add token" onSubmit={save}>
        <TextField label="Name" value={id} onInput={setId} required autofocus hint="What it is for, such as ci." />
        <ChoiceField label="Role" value={role} options={ROLES} onInput={(value) => setRole(value as Role)} />
        <TextField label="Expires after days" type="number" value={days} onInput={setDays} required />
      </Form>
    </Dialog>
  );
}
