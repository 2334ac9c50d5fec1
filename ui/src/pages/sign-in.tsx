/** For those who came without a ticket. */

import { useState } from "preact/hooks";

import { TextField } from "../parts/fields";
import { signIn } from "../session";

export function SignIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(name, password);
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <img src="./icon.svg" alt="" width="40" height="40" />
        <h1>Workflow Scheduler</h1>
        <p>
          On the scheduler's own machine, <code>scheduler web</code> opens this page signed in.
        </p>
        <TextField label="Name" value={name} onInput={setName} autocomplete="username" required autofocus />
        <TextField
          label="Password"
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
          problem={problem || undefined}
          required
        />
        <button class="primary" disabled={busy}>Sign in</button>
      </form>
    </main>
  );
}
