/** Who signs in with a password. */

import { useState } from "preact/hooks";

import { api, Problem, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Dialog } from "../../components/dialog";
import { ChoiceField, TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { Section } from "../../components/layout";
import { say } from "../../components/notices";
import type { Role } from "../../session";
import { Time } from "../../time/time";
import { Rows } from "./rows";

export const ROLES: [Role, string][] = [
  ["viewer", "viewer: sees everything"],
  ["operator", "operator: also runs, cancels and pauses"],
  ["author", "author: also changes workflows and schedules"],
  ["admin", "admin: also manages access"],
];

const match = (user: Shapes["UserAnswer"]) => ({ path: { user: user.name }, header: { "if-match": user.etag } });

export function Users() {
  const loaded = useLive((signal) => take(api.GET("/api/v1/users", { signal })), () => false, []);
  const [edited, setEdited] = useState<Shapes["UserAnswer"] | "new">();
  const close = () => {
    setEdited(undefined);
    loaded.again();
  };
  return (
    <Section title="Users" beside={<button onClick={() => setEdited("new")}>Add user</button>}>
      <Rows
        loaded={loaded}
        empty="No users yet. On this machine, 'scheduler web' signs you in."
        heads={["Name", "Role", "Created"]}
        cells={(user) => [user.name, user.role, <Time key="at" at={user.created_at} />]}
        name={(user) => user.name}
        onEdit={setEdited}
        onDelete={(user) => api.DELETE("/api/v1/users/{user}", { params: match(user) })}
        consequence="Their sessions and the tokens they created end immediately."
      />
      {edited && <UserForm user={edited === "new" ? undefined : edited} onClose={close} />}
    </Section>
  );
}

function UserForm({ user, onClose }: { user: Shapes["UserAnswer"] | undefined; onClose: () => void }) {
  const [looked, setLooked] = useState(user);
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState<Role>(user?.role ?? "viewer");
  const [password, setPassword] = useState("");

  async function save(): Promise<void> {
    const body = { role, ...(password ? { password } : {}) };
    await (looked
      ? api.PATCH("/api/v1/users/{user}", { params: match(looked), body })
      : api.POST("/api/v1/users", { body: { name, role, password } }));
    say(`Saved ${name}.`);
    onClose();
  }

  async function refetch(): Promise<void> {
    const found = (await take(api.GET("/api/v1/users"))).find((one) => one.name === name);
    if (!found) throw new Problem(404, `Someone else deleted ${name}; close this and add the user again.`);
    if (role === looked?.role) setRole(found.role);
    setLooked(found);
  }

  return (
    <Dialog title={user ? `Edit ${user.name}` : "Add user"} onClose={onClose}>
      <Form action="Save" onSubmit={save} refetch={refetch}>
        {!user && <TextField label="Name" value={name} onInput={setName} required autofocus autocomplete="off" />}
        <ChoiceField label="Role" value={role} options={ROLES} onInput={(value) => setRole(value as Role)} />
        <TextField
          label={user ? "New password" : "Password"}
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete="new-password"
          required={!user}
          hint={user ? "Leave it empty to keep the current one." : "At least 12 characters."}
        />
      </Form>
    </Dialog>
  );
}
