/**
 * A window on the lines of one stream or of both in their order, as the server renders them. Pure.
 *
 * Each answer has the last lines. They get the numbers of those that are known already, so that what is read stays in its place.
 */

import type { Shapes } from "../api/client";
import type { Mark, Piece } from "./window";

export type OutputLine = Shapes["LineAnswer"];

export interface Numbered {
  /** The number of the first of the lines; it may be negative, because earlier lines may come later. */
  first: number;
  lines: OutputLine[];
}

/** The most lines that are kept. */
export const MOST_LINES = 5000;
/** Lines that are drawn as one. */
const PER_PIECE = 100;

const nameOf = ({ stream, end }: OutputLine) => `${stream} ${end}`;

/** The lines of a newer answer, with those known that come before them. */
export function renewed(known: Numbered, answer: OutputLine[]): Numbered {
  const places = new Map(known.lines.map((line, at) => [nameOf(line), at]));
  const at = answer.findIndex((line) => places.has(nameOf(line)));
  const met = answer[at] && places.get(nameOf(answer[at]));
  if (met === undefined) return { first: known.first + known.lines.length, lines: answer };
  // Where an answer begins in the middle of a stream its line may be half of one.
  const lines = answer.map((line) => {
    const before = line.gap ? known.lines[places.get(nameOf(line)) ?? -1] : undefined;
    return before && !before.gap ? before : line;
  });
  const all = at === 0 ? [...known.lines.slice(0, met), ...lines] : lines;
  const dropped = Math.max(0, all.length - MOST_LINES);
  return { first: known.first + (at === 0 ? 0 : met - at) + dropped, lines: all.slice(dropped) };
}

/** Pieces of the lines; one that is as it was is the same object. */
export function pieces({ first, lines }: Numbered, before: Piece[]): Piece[] {
  const known = new Map(before.map((piece) => [piece.start, piece]));
  const found: Piece[] = [];
  for (let at = 0; at < lines.length; ) {
    const start = first + at;
    const end = (Math.floor(start / PER_PIECE) + 1) * PER_PIECE;
    const piece = pieceOf(lines.slice(at, end - first), start);
    const old = known.get(start);
    found.push(old && isSame(old, piece) ? old : piece);
    at = end - first;
  }
  return found;
}

function pieceOf(lines: OutputLine[], start: number): Piece {
  return {
    start,
    end: start + lines.length,
    lines: lines.map(({ text }) => text),
    offsets: lines.map((_, at) => start + at),
    marks: lines.map(({ stream, at, gap }): Mark => ({ stream, at, gap })),
    open: false,
  };
}

function isSame(one: Piece, other: Piece): boolean {
  const marks = other.marks ?? [];
  return (
    one.lines.length === other.lines.length &&
    one.lines.every((line, at) => line === other.lines[at]) &&
    (one.marks ?? []).every((mark, at) => mark.stream === marks[at]?.stream && mark.at === marks[at]?.at && mark.gap === marks[at]?.gap)
  );
}
