/**
 * Search in the whole of a file, part by part, with a bound on what is kept.
 *
 * Bytes are looked through as if each were a character, because that keeps their places; what is found is then read as the
 * text that it is. Letters of the English alphabet are found in either case, others as they are written.
 */

import type { Part } from "./window";

export interface Found {
  /** How many lines have it, as far as was searched. */
  count: number;
  /** Where the first of these lines begin; no more than MOST_KEPT. */
  places: number[];
  searched: number;
  size: number;
  over: boolean;
}

export const MOST_KEPT = 10_000;
const STEP = 1024 * 1024;
/** A line that is longer is looked through in parts. */
const LONGEST = 64 * 1024;
const NEWLINE = 10;

const bytewise = new TextDecoder("latin1");
const text = new TextDecoder();

/** `read` gives bytes from a place on, or null where there are none. Says again and again what was found so far. */
export async function* search(
  read: (start: number, length: number) => Promise<Part | null>,
  words: string,
): AsyncGenerator<Found> {
  const found: Found = { count: 0, places: [], searched: 0, size: 0, over: false };
  const wanted = words.toLowerCase();
  const needle = bytewise.decode(new TextEncoder().encode(words)).toLowerCase();
  if (!needle) return;
  for (;;) {
    const part = await read(found.searched, STEP);
    if (!part || part.data.length === 0) break;
    found.size = part.size;
    const last = part.start + part.data.length >= part.size;
    const end = last ? part.data.length : wholeLines(part.data);
    const data = part.data.subarray(0, end);
    for (const offset of linesWith(data, needle, wanted)) {
      found.count++;
      if (found.places.length < MOST_KEPT) found.places.push(part.start + offset);
    }
    found.searched = part.start + end;
    if (last) break;
    yield { ...found };
  }
  yield { ...found, over: true };
}

/** Up to where the part has whole lines; all of it where its last line is very long. */
function wholeLines(data: Uint8Array): number {
  const newline = data.lastIndexOf(NEWLINE);
  return newline < 0 || data.length - newline > LONGEST ? data.length : newline + 1;
}

function* linesWith(data: Uint8Array, needle: string, wanted: string): Generator<number> {
  const all = bytewise.decode(data).toLowerCase();
  for (let at = all.indexOf(needle); at >= 0; ) {
    const start = at === 0 ? 0 : data.lastIndexOf(NEWLINE, at - 1) + 1;
    const newline = data.indexOf(NEWLINE, at);
    const end = newline < 0 ? data.length : newline;
    // Two bytes that are one letter in either case may be other letters in the text.
    const exact = text.decode(data.subarray(at, at + needle.length)).toLowerCase() === wanted;
    if (exact) yield start;
    at = all.indexOf(needle, exact ? end : at + 1);
  }
}
