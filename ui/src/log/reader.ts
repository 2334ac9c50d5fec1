/** Reads one stream of an attempt, byte by byte, into a window: its end first, what is before and behind when it is asked for. */

import { signal } from "@preact/signals";

import { bytes } from "../api/client";
import { search, type Found } from "./search";
import { size } from "./size";
import type { Source } from "./source";
import { Turns } from "./turns";
import { append, EMPTY, only, prepend, type Part, type View } from "./window";

/** Of the end of the file: some screens of lines, which are there soon. More comes when one scrolls up. */
const LAST = 32 * 1024;
const AROUND = 128 * 1024;
const STEP = 256 * 1024;

export class Reader implements Source {
  readonly view = signal<View | undefined>(undefined);
  /** Whether its text is UTF-16, which is not read byte by byte. */
  readonly wide = signal(false);
  readonly hasAllPlaces = true;
  private readonly turns = new Turns();
  readonly problem = this.turns.problem;

  constructor(
    readonly path: string,
    readonly empty: boolean,
  ) {
    if (empty) this.view.value = EMPTY;
  }

  close(): void {
    this.turns.close();
  }

  /** The end of the file. */
  tail(): Promise<void> {
    return this.turns.take(async () => this.show(await this.ask(`bytes=-${LAST}`)), true);
  }

  /** What is around a place. */
  around(offset: number): Promise<void> {
    const start = Math.max(0, offset - AROUND);
    return this.turns.take(async () => this.show(await this.ask(`bytes=${start}-${start + 2 * AROUND - 1}`)), true);
  }

  earlier(): Promise<void> {
    return this.turns.take(async () => {
      const view = this.view.value;
      if (!view || view.start === 0) return;
      const part = await this.ask(`bytes=${Math.max(0, view.start - STEP)}-${view.start - 1}`);
      if (part) this.view.value = prepend(view, part);
    });
  }

  later(): Promise<void> {
    return this.turns.take(async () => {
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

  get hasEarlier(): boolean {
    return (this.view.value?.start ?? 0) > 0;
  }

  extent(): string {
    const view = this.view.value ?? EMPTY;
    const all = view.start === 0 && this.atEnd;
    return all ? `all of ${size(view.size)}` : `${size(view.end - view.start)} of ${size(view.size)}`;
  }

  find(words: string, signal: AbortSignal): AsyncGenerator<Found> {
    return search((start, length) => bytes(this.path, `bytes=${start}-${start + length - 1}`, signal), words);
  }

  private show(part: Part | null): void {
    this.view.value = part ? only(part) : EMPTY;
  }

  private async ask(range: string): Promise<Part | null> {
    const found = await bytes(this.path, range, this.turns.signal);
    if (found && /utf-16/i.test(found.type)) this.wide.value = true;
    return found;
  }
}
