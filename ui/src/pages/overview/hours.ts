/** The strip of a day: for each hour what ran, and what will. */

export interface HourColumn {
  start: Date;
  /** Runs by state, or how many fires are due. */
  parts: { state: string; count: number }[];
  total: number;
  coming: boolean;
}

const HOUR = 3_600_000;
/** From the bottom up: what went wrong is never hidden behind what went well. */
const ORDER = ["failed", "unknown", "cancelled", "running", "queued", "succeeded"];

/** `hours`: the last ones, with what was queued in them; `coming`: how many fires are due from when on; `ahead` further hours. */
export function columns(
  hours: { utc: string; states: Record<string, number> }[],
  coming: { from: string; due: number }[],
  now: Date,
  ahead: number,
): HourColumn[] {
  const past: HourColumn[] = hours.map(({ utc, states }) => {
    const parts = ORDER.filter((state) => states[state]).map((state) => ({ state, count: states[state] ?? 0 }));
    return { start: new Date(utc), parts, total: parts.reduce((sum, part) => sum + part.count, 0), coming: false };
  });
  const first = Math.floor(now.getTime() / HOUR) * HOUR;
  const due = new Map<number, number>();
  for (const total of coming) {
    const hour = Math.floor(Date.parse(total.from) / HOUR) * HOUR;
    due.set(hour, (due.get(hour) ?? 0) + total.due);
  }
  const later = Array.from({ length: ahead }, (_, at) => {
    const hour = first + at * HOUR;
    const count = due.get(hour) ?? 0;
    return { start: new Date(hour), parts: count ? [{ state: "due", count }] : [], total: count, coming: true };
  });
  return [...past, ...later];
}
