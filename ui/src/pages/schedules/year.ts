/** The months of a year as weeks from Monday, with what is known of each day. Pure. */

export interface OpenDay {
  date: string;
  /** null: not known. */
  open: boolean | null;
  why: string;
}

export interface Month {
  name: string;
  weeks: (OpenDay | null)[][];
}

const DAY = 86_400_000;

export function monthsOf(year: number, days: readonly OpenDay[]): Month[] {
  const known = new Map(days.map((day) => [day.date, day]));
  return Array.from({ length: 12 }, (_, month) => {
    const [first, next] = [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
    const cells: (OpenDay | null)[] = Array.from({ length: (new Date(first).getUTCDay() + 6) % 7 }, () => null);
    for (let at = first; at < next; at += DAY) {
      const date = new Date(at).toISOString().slice(0, 10);
      cells.push(known.get(date) ?? { date, open: null, why: "" });
    }
    const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_unused, week) => cells.slice(7 * week, 7 * week + 7));
    return { name: new Date(first).toLocaleDateString("en-GB", { month: "long", timeZone: "UTC" }), weeks };
  });
}
