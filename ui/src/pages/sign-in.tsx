/** Signing in: as a page for those who came without a ticket, and over the page whose session has ended. */

import { useState } from "preact/hooks";

import { awaitHeading } from "../components/arrival";
import { Dialog } from "../components/dialog";
import { TextField } from "../components/fields";
import { Icon } from "../components/icons";
import { asksToSignIn, ended, leave, look, session, signIn, stayOut } from "../session";

/** How the API calls those who came with a ticket: they have no password. */
const TICKET = "owner";

function useSigningIn(known: string) {
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      // The form that has the focus goes.
      awaitHeading();
      await signIn(name, password);
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  }

  const fields = (
    <>
      <TextField label="Name" value={name} onInput={setName} autocomplete="username" required autofocus={!known} />
      <TextField
        label="Password"
        type="password"
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        problem={problem || undefined}
        required
        autofocus={known !== ""}
      />
    </>
  );
  return { fields, submit, busy, setProblem };
}

export function SignIn() {
  const { fields, submit, busy } = useSigningIn("");
  return (
    <main class="sign-in">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <img src="./icon.svg" alt="" width="40" height="40" />
        <h1>Workflow Scheduler</h1>
        <p>
          On the scheduler's machine, <code>scheduler web</code> opens the web interface and signs you in.
        </p>
        {fields}
        <button class="primary" disabled={busy}>Sign in</button>
      </form>
    </main>
  );
}

/** The session has ended: nothing of the page goes, and what was refused is sent again afterwards. */
export function SignInAgain() {
  if (!asksToSignIn.value) return null;
  return <Again />;
}

function Again() {
  const user = session.value?.user ?? "";
  const { fields, submit, busy, setProblem } = useSigningIn(user === TICKET ? "" : user);
  async function elsewhere(): Promise<void> {
    if (!(await look())) setProblem("This browser is not signed in yet. Open the address that 'scheduler web' prints in another tab.");
  }
  return (
    <Dialog title="Sign in again" onClose={stayOut} stays>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <p>
          Your session has ended. This page stays as it is, with everything you typed, and refused requests are sent again once you sign
          in. Without a password, run <code>scheduler web</code> on the scheduler's machine and open its address in this browser.
        </p>
        {fields}
        <div class="buttons">
          <button type="button" onClick={leave}>Leave this page</button>
          <button type="button" onClick={() => void elsewhere()}>I have signed in another way</button>
          <button class="primary" aria-disabled={busy || undefined}>Sign in</button>
        </div>
      </form>
    </Dialog>
  );
}

/** After the question was put aside: the page is old, and says so. */
export function Ended() {
  if (!ended.value || asksToSignIn.value) return null;
  return (
    <p class="lost" role="status">
      <Icon name="warning" /> <span>Your session has ended; what you see may be out of date.</span>
      <button onClick={() => (asksToSignIn.value = true)}>Sign in again</button>
    </p>
  );
}
