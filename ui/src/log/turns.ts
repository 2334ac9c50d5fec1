/** Asks one question at a time, and keeps what went wrong with the last one. */

import { signal } from "@preact/signals";

import { Problem } from "../api/client";

export class Turns {
  readonly problem = signal<Problem | undefined>(undefined);
  private busy: Promise<void> | undefined;
  private readonly ending = new AbortController();

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  close(): void {
    this.ending.abort();
  }

  /** Scrolling asks again when the answer has been drawn; a jump waits for its turn. */
  async take(work: () => Promise<void>, waits = false): Promise<void> {
    if (this.busy && !waits) return;
    while (this.busy) await this.busy;
    if (this.signal.aborted) return;
    this.busy = this.tried(work);
    await this.busy;
    this.busy = undefined;
  }

  private async tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem.value = undefined;
    } catch (error) {
      if (!this.signal.aborted) this.problem.value = error instanceof Problem ? error : new Problem(0, String(error));
    }
  }
}
