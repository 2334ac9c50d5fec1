/** How times and lengths of time are written. Pure: the time that counts as now is an argument. */

export type ZoneMode = "local" | "schedule" | "utc";

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = made(zone, options)));
  return found;
}

function made(zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone, hourCycle: "h23" });
  } catch {
    // A zone that this browser does not know, or that somebody stored and that there is not.
    return made("UTC", options);
  }
}

/** The zone to write a moment in: undefined is the browser's own. */
export function zoneFor(mode: ZoneMode, ofSchedule: string): string | undefined {
  return mode === "utc" ? "UTC" : mode === "schedule" ? ofSchedule : undefined;
}

function day(at: Date, zone: string | undefined): string {
  return formatOf(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** The date as YYYY-MM-DD in the zone. */
export function isoDay(at: Date, zone: string | undefined): string {
  return day(at, zone).split("/").reverse().join("-");
}

export function clock(at: Date, zone: string | undefined, seconds = false): string {
  return formatOf(zone, { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) }).format(at);
}

/** The zone's name at that moment, such as CET or GMT+5:30. */
export function zoneName(at: Date, zone: string | undefined): string {
  const parts = formatOf(zone, { hour: "2-digit", timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** `Today 02:00 CET`, `Tue 24 Nov 02:00 CET`, with the year where it is another one. */
export function absolute(at: Date, zone: string | undefined, now: Date, seconds = false): string {
  return `${dayName(at, zone, now)} ${clock(at, zone, seconds)} ${zoneName(at, zone)}`;
}

export function dayName(at: Date, zone: string | undefined, now: Date): string {
  const shown = day(at, zone);
  // By the calendar: a day may have 23 or 25 hours.
  const days = (Date.parse(isoDay(at, zone)) - Date.parse(isoDay(now, zone))) / 86_400_000;
  const word = { "-1": "Yesterday", "0": "Today", "1": "Tomorrow" }[String(days)];
  if (word) return word;
  const year = shown.slice(-4) === day(now, zone).slice(-4) ? {} : ({ year: "numeric" } as const);
  return formatOf(zone, { weekday: "short", day: "numeric", month: "short", ...year }).format(at).replace(",", "");
}

const UNITS: [number, string][] = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** A length of time in two units at most: `3 min 5 s`, `0.42 s`. */
export function span(seconds: number): string {
  if (seconds < 0) return span(0);
  if (seconds < 10) return `${Number(seconds.toFixed(seconds < 1 ? 2 : 1))} s`;
  let rest = Math.round(seconds);
  const words: string[] = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) words.push(`${count} ${unit}`);
    else if (words.length > 0) break;
    rest -= count * size;
    if (words.length === 2) break;
  }
  return words.join(" ");
}

/** `in 5 min`, `3 h ago`, in one unit. */
export function relative(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  const [unit, word] = UNITS.find(([one]) => size >= one) ?? [1, "s"];
  const text = `${Math.floor(size / unit)} ${word}`;
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** Seconds between two moments of the record; to now where the second is missing. */
export function between(start: string | null, end: string | null, now: Date): number | null {
  if (!start) return null;
  return ((end ? Date.parse(end) : now.getTime()) - Date.parse(start)) / 1000;
}
