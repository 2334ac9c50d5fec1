/** Where the words that are searched stand in a line. Pure. */

import type { Span } from "./ansi";

export interface MarkedSpan extends Span {
  hit?: boolean;
}

/** The spans, cut where a hit begins or ends; a hit may go over several of them. */
export function marked(spans: Span[], words: string): MarkedSpan[] {
  if (!words) return spans;
  const line = spans.map(({ text }) => text).join("").toLowerCase();
  const wanted = words.toLowerCase();
  const hits: number[] = [];
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + wanted.length)) hits.push(at);
  if (hits.length === 0) return spans;
  const cuts = hits.flatMap((at) => [at, at + wanted.length]);
  const found: MarkedSpan[] = [];
  let start = 0;
  for (const span of spans) {
    const end = start + span.text.length;
    const edges = [start, ...cuts.filter((one) => start < one && one < end), end];
    for (const [at, from] of edges.slice(0, -1).entries()) {
      const hit = hits.some((one) => one <= from && from < one + wanted.length);
      const text = span.text.slice(from - start, (edges[at + 1] ?? end) - start);
      found.push(hit ? { ...span, text, hit } : { ...span, text });
    }
    start = end;
  }
  return found;
}
