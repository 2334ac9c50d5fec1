/** Which entries of a full day are shown: what went wrong is never behind "n more" while there is room for it. Pure. */

interface Stated {
  state: string;
  /** How many fires it stands for. */
  count: number;
}

export interface Fitting<T> {
  /** In the order in which they were given. */
  shown: T[];
  /** How many fires there are besides, and how many of those failed or were skipped. */
  more: number;
  failed: number;
  skipped: number;
}

const FAILED = new Set(["failed", "unknown"]);
const isFailed = ({ state }: Stated) => FAILED.has(state);
const isSkipped = ({ state }: Stated) => state.startsWith("skipped");

/** `totals`: how many fires the day has by state, whether or not there is an entry for each. */
export function fitting<T extends Stated>(entries: T[], most: number, totals: Record<string, number>): Fitting<T> {
  const rest = (one: T) => !isFailed(one) && !isSkipped(one);
  const chosen = new Set([isFailed, isSkipped, rest].flatMap((kind) => entries.filter(kind)).slice(0, most));
  const all = Object.entries(totals).map(([state, count]): Stated => ({ state, count }));
  const left = (kind: (one: Stated) => boolean) => sum(all.filter(kind)) - sum([...chosen].filter(kind));
  return {
    shown: entries.filter((one) => chosen.has(one)),
    more: left(() => true),
    failed: left(isFailed),
    skipped: left(isSkipped),
  };
}

function sum(found: Stated[]): number {
  return found.reduce((total, one) => total + one.count, 0);
}

/** `7 more`, `7 more: 2 failed, 1 skipped`. */
export function moreWords({ more, failed, skipped }: Omit<Fitting<unknown>, "shown">): string {
  const bad = [failed && `${number(failed)} failed`, skipped && `${number(skipped)} skipped`].filter(Boolean).join(", ");
  return `${number(more)} more${bad && `: ${bad}`}`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}
