/** Reads the output of an attempt into a window: its end first, what is before and behind when it is asked for. */

import { signal } from "@preact/signals";

import { bytes, Problem } from "../api/client";
import { append, EMPTY, only, prepend, type Part, type View } from "./window";

/** Of the end of the file: some screens of lines, which are there soon. More comes when one scrolls up. */
const LAST = 32 * 1024;
const AROUND = 128 * 1024;
const STEP = 256 * 1024;

export class Reader {
  /** undefined: nothing is known yet. */
  readonly view = signal<View | undefined>(undefined);
  readonly problem = signal<Problem | undefined>(undefined);
  private busy: Promise<void> | undefined;
  private readonly ending = new AbortController();

  constructor(
    readonly path: string,
    readonly empty: boolean,
  ) {
    if (empty) this.view.value = EMPTY;
  }

  close(): void {
    this.ending.abort();
  }

  /** The end of the file. */
  tail(): Promise<void> {
    return this.once(async () => this.show(await this.ask(`bytes=-${LAST}`)), true);
  }

  /** What is around a place. */
  around(offset: number): Promise<void> {
    const start = Math.max(0, offset - AROUND);
    return this.once(async () => this.show(await this.ask(`bytes=${start}-${start + 2 * AROUND - 1}`)), true);
  }

  earlier(): Promise<void> {
    return this.once(async () => {
      const view = this.view.value;
      if (!view || view.start === 0) return;
      const part = await this.ask(`bytes=${Math.max(0, view.start - STEP)}-${view.start - 1}`);
      if (part) this.view.value = prepend(view, part);
    });
  }

  later(): Promise<void> {
    return this.once(async () => {
      const view = this.view.value;
      if (!view) return this.show(await this.ask(`bytes=-${LAST}`));
      // From the last byte that is known, so that there is an answer where nothing is new.
      const last = Math.max(0, view.end - 1);
      const part = await this.ask(`bytes=${last}-${last + STEP}`);
      if (part) this.view.value = append(view, { ...part, data: part.data.subarray(view.end - last), start: view.end });
    });
  }

  /** Whether the end of the file is in the window; the last bytes may be a character whose rest is missing. */
  get atEnd(): boolean {
    const view = this.view.value;
    return !view || view.size - view.end < 4;
  }

  private show(part: Part | null): void {
    this.view.value = part ? only(part) : EMPTY;
  }

  private ask(range: string): Promise<Part | null> {
    return bytes(this.path, range, this.ending.signal);
  }

  /** One question at a time. Whoever scrolls asks again when the answer has been drawn; whoever jumps waits for their turn. */
  private async once(work: () => Promise<void>, waits = false): Promise<void> {
    if (this.busy && !waits) return;
    while (this.busy) await this.busy;
    if (this.ending.signal.aborted) return;
    this.busy = this.tried(work);
    await this.busy;
    this.busy = undefined;
  }

  private async tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem.value = undefined;
    } catch (error) {
      if (!this.ending.signal.aborted) this.problem.value = error instanceof Problem ? error : new Problem(0, String(error));
    }
  }
}
