/** Reads the last lines of an output, of one stream or of both in their order, and more of them when one scrolls up. */

import { signal } from "@preact/signals";

import { api, take, type Shapes } from "../api/client";
import { plain } from "./ansi";
import { MOST_LINES, pieces, renewed, type Numbered } from "./lines";
import type { Found } from "./search";
import type { Source } from "./source";
import { Turns } from "./turns";
import { EMPTY, type View } from "./window";

const FIRST_LINES = 1000;

export interface LinePlace {
  run: string;
  task: string;
  attempt: number;
  /** Both without one. */
  stream?: "stdout" | "stderr";
}

export class LineReader implements Source {
  readonly view = signal<View | undefined>(undefined);
  readonly answer = signal<Shapes["MergedAnswer"] | undefined>(undefined);
  readonly empty = false;
  readonly atEnd = true;
  readonly hasAllPlaces = false;
  private readonly turns = new Turns();
  readonly problem = this.turns.problem;
  private grown = false;
  private known: Numbered = { first: 0, lines: [] };

  constructor(private readonly place: LinePlace) {}

  close(): void {
    this.turns.close();
  }

  tail(): Promise<void> {
    return this.turns.take(() => this.ask(FIRST_LINES), true);
  }

  later(): Promise<void> {
    return this.turns.take(() => this.ask(FIRST_LINES));
  }

  around(): Promise<void> {
    return this.turns.take(() => this.grow(), true);
  }

  earlier(): Promise<void> {
    return this.turns.take(() => this.grow());
  }

  extent(): string {
    const count = this.known.lines.length.toLocaleString("en");
    const words = this.known.lines.length === 1 ? "line" : "lines";
    return this.isWhole ? `all ${count} ${words}` : `the last ${count} ${words}; download it to see the rest`;
  }

  get hasEarlier(): boolean {
    return !this.isWhole && !this.grown;
  }

  /** Whether all lines that are kept are in the window. */
  get isWhole(): boolean {
    const { whole, lines = [] } = this.answer.value ?? {};
    return whole === true && this.known.lines.length <= lines.length;
  }

  async *find(words: string): AsyncGenerator<Found> {
    const wanted = words.toLowerCase();
    const { first, lines } = this.known;
    const places = lines.flatMap(({ text }, at) => (plain(text).toLowerCase().includes(wanted) ? [first + at] : []));
    yield { count: places.length, places, searched: lines.length, size: lines.length, over: true };
  }

  private async grow(): Promise<void> {
    if (!this.hasEarlier) return;
    await this.ask(MOST_LINES);
    this.grown = true;
  }

  private async ask(limit: number): Promise<void> {
    const { run, task, attempt, stream } = this.place;
    const params = { path: { run, task, attempt }, query: { limit, stream, colours: true } };
    const answer = await take(api.GET("/api/v1/runs/{run}/tasks/{task}/attempts/{attempt}/output", { params, signal: this.turns.signal }));
    const known = renewed(this.known, answer.lines);
    if (known.lines[0] === answer.lines[0]) this.grown = false;
    this.known = known;
    this.answer.value = answer;
    this.view.value = this.shown();
  }

  private shown(): View {
    const before = this.view.value ?? EMPTY;
    const found = pieces(this.known, before.pieces);
    const isSame = found.length === before.pieces.length && found.every((piece, at) => piece === before.pieces[at]);
    if (isSame && this.view.value) return before;
    const end = this.known.first + this.known.lines.length;
    return { pieces: found, start: this.known.first, end, size: end };
  }
}
