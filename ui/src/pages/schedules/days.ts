/** Days of a calendar in a zone: where they begin, how long they are, and where the zone's clock is set. */

import { isoDay } from "../../time/format";

export type Span = "day" | "week" | "month";

const HOUR = 3_600_000;

export interface CalendarDay {
  /** YYYY-MM-DD in the zone. */
  date: string;
  start: Date;
  end: Date;
  /** By how many hours the clock is set on this day: 1 in spring, -1 in autumn. */
  clockChange: number;
}

/** The moment a date begins in the zone; where midnight does not exist, the first moment of the day. */
export function startOf(date: string, zone: string | undefined): Date {
  const guess = Date.parse(`${date}T00:00:00Z`);
  // The day begins within 26 hours of the guess: the first quarter of an hour whose date it is.
  let low = guess - 15 * HOUR;
  const high = guess + 15 * HOUR;
  while (low < high && isoDay(new Date(low), zone) < date) low += HOUR / 4;
  return new Date(low);
}

export function addDays(date: string, count: number): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + count * 24 * HOUR).toISOString().slice(0, 10);
}

/** The date of the Monday of its week. */
export function mondayOf(date: string): string {
  return addDays(date, -((new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7));
}

/** The days that a span around a date shows: whole weeks for a month. */
export function daysOf(date: string, span: Span, zone: string | undefined): CalendarDay[] {
  if (span === "day") return days(date, 1, zone);
  if (span === "week") return days(mondayOf(date), 7, zone);
  const first = mondayOf(`${date.slice(0, 8)}01`);
  const last = addDays(`${step(date, "month", 1).slice(0, 8)}01`, -1);
  return days(first, Math.ceil((Date.parse(last) - Date.parse(first) + 1) / (7 * 24 * HOUR)) * 7, zone);
}

function days(first: string, count: number, zone: string | undefined): CalendarDay[] {
  return Array.from({ length: count }, (_, at) => {
    const date = addDays(first, at);
    const [start, end] = [startOf(date, zone), startOf(addDays(date, 1), zone)];
    return { date, start, end, clockChange: 24 - (end.getTime() - start.getTime()) / HOUR };
  });
}

/** The date one span later (1) or earlier (-1). */
export function step(date: string, span: Span, by: 1 | -1): string {
  if (span !== "month") return addDays(date, by * (span === "week" ? 7 : 1));
  const [year = 0, month = 1] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + by, 1, 12)).toISOString().slice(0, 10);
}
