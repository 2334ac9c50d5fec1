/** A form in a dialog: it is sent once at a time, and what the server says against it stands above its buttons. */

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

import { Problem } from "../api/client";
import { useClosing } from "./dialog";
import { Icon } from "./icons";
import "./form.css";

interface FormProps {
  action: string;
  /** Do it. What it throws is shown; the dialog stays. */
  onSubmit: () => Promise<void>;
  /** Fetch what somebody else saved meanwhile; what was typed stays on top of it. */
  refetch?: () => Promise<void>;
  children: ComponentChildren;
}

/** Whether the answer says that somebody else changed it first. */
export const outdated = (error: unknown) => error instanceof Problem && (error.status === 412 || error.status === 428);

export function Form({ action, onSubmit, refetch, children }: FormProps) {
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const under = useRef(false);
  const close = useClosing();

  async function doing(work: () => Promise<void>): Promise<void> {
    if (under.current) return;
    under.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    } finally {
      under.current = false;
      setBusy(false);
    }
  }

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void doing(onSubmit);
      }}
    >
      {children}
      <div class="foot">
        {problem && (
          <div class="problem" role="alert">
            <Icon name="warning" />
            <p>{outdated(problem) ? "Someone else changed this in the meantime. What you typed is still here." : problem.message}</p>
            {outdated(problem) && refetch && (
              <button type="button" onClick={() => void doing(refetch)}>
                Load the latest version
              </button>
            )}
          </div>
        )}
        <div class="buttons">
          <button type="button" onClick={() => void close()}>Cancel</button>
          <button class="primary" aria-disabled={busy || undefined} aria-busy={busy || undefined}>{action}</button>
        </div>
      </div>
    </form>
  );
}
