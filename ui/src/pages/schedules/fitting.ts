/** Which entries of a full day are shown: what went wrong is never behind "n more" while there is room for it. Pure. */

interface Stated {
  state: string;
}

export interface Fitting<T> {
  /** In the order in which they were given. */
  shown: T[];
  /** How many there are besides, and how many of those failed or were skipped. */
  more: number;
  failed: number;
  skipped: number;
}

const FAILED = new Set(["failed", "unknown"]);
const isFailed = ({ state }: Stated) => FAILED.has(state);
const isSkipped = ({ state }: Stated) => state.startsWith("skipped");

export function fitting<T extends Stated>(entries: T[], most: number): Fitting<T> {
  const rest = (one: T) => !isFailed(one) && !isSkipped(one);
  const chosen = new Set([isFailed, isSkipped, rest].flatMap((kind) => entries.filter(kind)).slice(0, most));
  const left = entries.filter((one) => !chosen.has(one));
  return {
    shown: entries.filter((one) => chosen.has(one)),
    more: left.length,
    failed: left.filter(isFailed).length,
    skipped: left.filter(isSkipped).length,
  };
}

/** `7 more`, `7 more: 2 failed, 1 skipped`. */
export function moreWords({ more, failed, skipped }: Omit<Fitting<unknown>, "shown">): string {
  const bad = [failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean).join(", ");
  return `${more} more${bad && `: ${bad}`}`;
}
