/** How far a backfill is: a bar, and the numbers in words. */

import type { Shapes } from "../../api/client";

const OUTCOMES = ["succeeded", "failed", "cancelled", "unknown", "deleted", "running", "queued"] as const;

export function Progress({ row }: { row: Shapes["BackfillAnswer"] }) {
  const done = row.total - row.running - row.queued - row.left;
  return (
    <div class="backfill-progress">
      <progress class="progress" aria-label="Progress" max={row.total} value={done} />
      <span>
        {done.toLocaleString("en")} of {row.total.toLocaleString("en")} done
        <span class="faint"> {wordsOf(row)}</span>
      </span>
    </div>
  );
}

/** `11 succeeded, 1 failed, 8 left`. */
export function wordsOf(row: Shapes["BackfillAnswer"]): string {
  const counts: string[] = OUTCOMES.filter((name) => row[name] > 0).map((name) => `${row[name].toLocaleString("en")} ${name}`);
  if (row.left > 0) counts.push(`${row.left.toLocaleString("en")} ${row.state === "cancelled" ? "not run" : "left"}`);
  return counts.join(", ");
}
