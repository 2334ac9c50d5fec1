/** A form in a dialog: it is sent once at a time, and what the server says against it stands above its buttons. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Problem } from "../api/client";
import { Icon } from "./icons";
import "./form.css";

interface FormProps {
  action: string;
  /** Do it. What it throws is shown; the dialog stays. */
  onSubmit: () => Promise<void>;
  onCancel: () => void;
  /** Fetch what somebody else saved meanwhile; what was typed stays on top of it. */
  anew?: () => Promise<void>;
  children: ComponentChildren;
}

/** Whether the answer says that somebody else changed it first. */
export const outdated = (error: unknown) => error instanceof Problem && (error.status === 412 || error.status === 428);

export function Form({ action, onSubmit, onCancel, anew, children }: FormProps) {
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);

  async function doing(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void doing(onSubmit);
      }}
    >
      {children}
      <div class="foot">
        {problem && (
          <div class="problem" role="alert">
            <Icon name="warning" />
            <p>{outdated(problem) ? "Somebody else changed it while you looked. What you typed is still here." : problem.message}</p>
            {outdated(problem) && anew && (
              <button type="button" onClick={() => void doing(anew)}>
                Look at it anew
              </button>
            )}
          </div>
        )}
        <div class="buttons">
          <button type="button" onClick={onCancel}>Cancel</button>
          <button class="primary" disabled={busy}>{action}</button>
        </div>
      </div>
    </form>
  );
}
