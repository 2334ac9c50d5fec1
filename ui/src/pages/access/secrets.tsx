/** Secrets that the home keeps for tasks, and those that workflows name elsewhere. Values are set here, never shown. */

import { useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Dialog } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { Section } from "../../components/layout";
import { say } from "../../components/notices";
import { link } from "../../router";
import { Time } from "../../time/time";
import { Rows } from "./rows";

const STORE = "store:";

export function Secrets() {
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/secrets", { signal })),
    (one) => one.kind === "catalog.changed",
    [],
  );
  const [name, setName] = useState<string>();
  return (
    <Section title="Secrets" beside={<button onClick={() => setName("")}>Set secret</button>}>
      <Rows
        loaded={loaded}
        empty="No secrets yet. A workflow names a secret, and its tasks receive the value."
        heads={["Secret", "Used by", "Encrypted by", "Set", "Last read"]}
        cells={(secret) => [
          <code key="r">{secret.reference}</code>,
          secret.used_by.map((workflow) => (
            <a key={workflow} href={link("workflows", workflow)}>
              {workflow}{" "}
            </a>
          )),
          secret.sealed === "" ? "not set" : (secret.sealed ?? ""),
          secret.set_at && <Time key="set" at={secret.set_at} />,
          secret.read_at && <Time key="read" at={secret.read_at} />,
        ]}
        name={(secret) => secret.reference}
        onEdit={(secret) => setName(secret.reference.slice(STORE.length))}
        onDelete={(secret) =>
          api.DELETE("/api/v1/secrets", { params: { query: { name: secret.reference.slice(STORE.length) } } })
        }
        changeable={(secret) => secret.reference.startsWith(STORE)}
        consequence="Tasks that use it fail from then on."
      />
      {name !== undefined && (
        <SecretForm
          name={name}
          onClose={() => {
            setName(undefined);
            loaded.again();
          }}
        />
      )}
    </Section>
  );
}

function SecretForm({ name: given, onClose }: { name: string; onClose: () => void }) {
  const [name, setName] = useState(given);
  const [value, setValue] = useState("");

  async function save(): Promise<void> {
    const { sealed } = await take(api.POST("/api/v1/secrets", { body: { name, value } }));
    say(sealed === "plain" ? `Stored ${name}, readable only by the scheduler's account.` : `Stored ${name}, encrypted by ${sealed}.`);
    onClose();
  }

  return (
    <Dialog title="Set secret" onClose={onClose}>
      <Form action="Set secret" onSubmit={save}>
        <TextField label="Name" value={name} onInput={setName} required autofocus={!given} hint="Such as shop/api. A workflow refers to it as store:shop/api." />
        <TextField label="Value" type="password" autocomplete="off" value={value} onInput={setValue} required autofocus={!!given} />
      </Form>
    </Dialog>
  );
}
