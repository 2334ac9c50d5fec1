/** What was due and what became of it, and what will be due: by day, week or month. */

import "./calendar.css";

import { api, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { askForBackfill } from "../../components/backfill-form";
import { Segments } from "../../components/fields";
import { Icon } from "../../components/icons";
import { Show } from "../../components/layout";
import { attempt } from "../../components/notices";
import { Press } from "../../components/press";
import { lookOf, State } from "../../components/state";
import { link, place, setQuery } from "../../router";
import { can, homeZone } from "../../session";
import { clock, isoDay, zoneFor, zoneName } from "../../time/format";
import { now, zoneMode } from "../../time/settings";
import { daysOf, step, type CalendarDay, type Span } from "./days";
import { fitting, moreWords } from "./visible-entries";

/** How many entries a day shows before it says how many more there are. */
const MOST: Record<Span, number> = { day: Infinity, week: 12, month: 5 };
const SPANS: [Span, string][] = [["day", "Day"], ["week", "Week"], ["month", "Month"]];

interface Entry {
  at: Date;
  state: string;
  name: string;
  href: string;
  title: string;
  count: number;
  /** The last one, where it stands for several. */
  until: Date | null;
  /** What a change of the clock does to it. */
  note: string;
  late?: boolean;
  moved: boolean;
}

export function Calendar() {
  const zone = zoneFor(zoneMode.value, homeZone.value);
  const today = isoDay(now.value, zone);
  const asked = place.value.query.get("span");
  const span = SPANS.some(([name]) => name === asked) ? (asked as Span) : "week";
  const date = /^\d{4}-\d\d-\d\d$/.exec(place.value.query.get("date") ?? "")?.[0] ?? today;
  const days = daysOf(date, span, zone);
  const zoneShown = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [from, to] = [days[0]?.start.toISOString() ?? "", days.at(-1)?.end.toISOString() ?? ""];
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/calendar", { params: { query: { from, to, zone: zoneShown } }, signal })),
    (one) => one.kind === "catalog.changed" || one.kind.startsWith("run.") || one.kind.startsWith("fire."),
    [from, to, zoneShown],
  );
  return (
    <>
      <div class="row">
        <Segments label="Period" value={span} options={SPANS} onInput={(one) => setQuery("span", one)} />
        <button aria-label="Earlier" onClick={() => setQuery("date", step(date, span, -1))}>
          <Icon name="left" />
        </button>
        <button onClick={() => setQuery("date", null)}>Today</button>
        <button aria-label="Later" onClick={() => setQuery("date", step(date, span, 1))}>
          <Icon name="right" />
        </button>
        {can("operator") && date <= today && (
          <Press act={() => attempt(() => askForDays(days[0]?.date, lastOf(days, today)))}>
            <Icon name="again" /> Run past times
          </Press>
        )}
        <strong>{titleOf(days, span)}</strong>
        <span class="faint">times in {zoneShown}</span>
      </div>
      <Show loaded={loaded}>
        {(data) => (
          <>
            {data.truncated && <p class="lost">Too many entries to list; showing counts.</p>}
            {!data.complete && <p class="lost">Not every schedule is counted: too many are due in this time.</p>}
            <ol class={`calendar ${span}`}>
              {days.map((day) => (
                <Cell
                  key={day.date}
                  day={day}
                  entries={entriesOf(data, day)}
                  totals={totalsOf(data, day)}
                  isToday={day.date === today}
                  most={MOST[span]}
                  faint={span === "month" && day.date.slice(0, 7) !== date.slice(0, 7)}
                  zone={zone}
                />
              ))}
            </ol>
          </>
        )}
      </Show>
    </>
  );
}

/** Ask which workflow's times of these days are run again. */
async function askForDays(from: string | undefined, to: string | undefined): Promise<void> {
  const page = await take(api.GET("/api/v1/schedules", { params: { query: { limit: 200 } } }));
  const workflows = [...new Set(page.items.map(({ workflow_id }) => workflow_id))].sort();
  if (workflows.length === 0) throw new Error("No schedules yet. Add one on a workflow's page.");
  askForBackfill({ workflows, from, to });
}

/** The last of the days that is no later than today. */
const lastOf = (days: CalendarDay[], today: string) => days.filter(({ date }) => date <= today).at(-1)?.date;

function titleOf(days: CalendarDay[], span: Span): string {
  const middle = days[Math.floor(days.length / 2)]?.date ?? "";
  const format = (date: string, options: Intl.DateTimeFormatOptions) =>
    new Date(`${date}T12:00:00Z`).toLocaleDateString("en-GB", { ...options, timeZone: "UTC" });
  if (span === "month") return format(middle, { month: "long", year: "numeric" });
  if (span === "day") return format(middle, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const [first, last] = [days[0]?.date ?? "", days.at(-1)?.date ?? ""];
  return `${format(first, { day: "numeric", month: "short" })} – ${format(last, { day: "numeric", month: "short", year: "numeric" })}`;
}

function entriesOf(data: Shapes["CalendarAnswer"], day: CalendarDay): Entry[] {
  const within = (utc: string) => Date.parse(utc) >= day.start.getTime() && Date.parse(utc) < day.end.getTime();
  const past = data.past.filter((one) => within(one.nominal_utc)).map((one): Entry => {
    const state = one.state ?? one.disposition;
    return {
      at: new Date(one.nominal_utc),
      state,
      name: one.workflow_id ?? one.schedule_id,
      href: one.run_id ? link("runs", one.run_id) : link("workflows", one.workflow_id ?? "", "schedules", { why: `${one.schedule_id} ${one.nominal_utc}` }),
      title: titleOfEntry(one, lookOf(state).word, one.late || one.reason),
      late: one.late !== "",
      count: one.count,
      ...marks(one),
      ...(one.due_utc ? { moved: true } : {}),
    };
  });
  const coming = data.coming.filter((one) => within(one.utc)).map((one): Entry => ({
    at: new Date(one.utc),
    state: one.disposition ?? "due",
    name: one.workflow_id,
    href: link("workflows", one.workflow_id, "schedules"),
    title: titleOfEntry(one, one.disposition ? lookOf(one.disposition).word : "due", ""),
    count: one.count,
    ...marks(one),
    ...(one.disposition ? { note: "" } : {}),
    ...(one.nominal_utc ? { moved: true } : {}),
  }));
  return [...past, ...coming].sort((a, b) => a.at.getTime() - b.at.getTime());
}

type Marked = Pick<Shapes["CalendarComing"], "schedule_id" | "until_utc" | "count" | "clock_change" | "note">;

function marks({ until_utc, count, clock_change, note }: Marked): Pick<Entry, "until" | "note" | "moved"> {
  return { until: until_utc && count > 1 ? new Date(until_utc) : null, note, moved: clock_change?.startsWith("+") ?? false };
}

function titleOfEntry({ schedule_id, note }: Marked, word: string, reason: string): string {
  return `${schedule_id}: ${[word, reason, note].filter(Boolean).join("; ")}`;
}

/** How many fires a day has by state; those to come are `due`. */
function totalsOf(data: Shapes["CalendarAnswer"], day: CalendarDay): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const total of data.totals) {
    const from = Date.parse(total.from);
    if (from < day.start.getTime() || from >= day.end.getTime()) continue;
    for (const [state, count] of [...Object.entries(total.states), ["due", total.due] as const]) sums[state] = (sums[state] ?? 0) + count;
  }
  return sums;
}

interface CellProps {
  day: CalendarDay;
  entries: Entry[];
  totals: Record<string, number>;
  isToday: boolean;
  faint: boolean;
  most: number;
  zone: string | undefined;
}

function Cell({ day, entries, totals, isToday, faint, most, zone }: CellProps) {
  const fits = fitting(entries, most, totals);
  const weekday = new Date(`${day.date}T12:00:00Z`).toLocaleDateString("en-GB", { weekday: "short", timeZone: "UTC" });
  return (
    <li class={`${isToday ? "today" : ""} ${faint ? "outside" : ""}`} aria-current={isToday ? "date" : undefined}>
      <h3>
        {weekday} <b>{Number(day.date.slice(8))}</b>
      </h3>
      {day.clockChange !== 0 && (
        <p class="tag warn" title="The clock changes on this day.">
          clock {day.clockChange > 0 ? "+" : "−"}
          {Math.abs(day.clockChange)} h · {zoneName(day.end, zone)}
        </p>
      )}
      {fits.shown.map((one) => (
        <a key={`${one.title}${one.at.getTime()}`} class="entry" href={one.href} title={one.title} data-row>
          <State state={one.state} small />
          <time dateTime={one.at.toISOString()}>
            {clock(one.at, zone)}
            {one.until && `–${clock(one.until, zone)}`}
          </time>{" "}
          <span>{one.name}</span>
          {one.count > 1 && <b> ×{one.count.toLocaleString("en")}</b>}
          {one.late && <b class="tag warn">late</b>}
          {one.note && <b class="tag warn">{one.moved ? "moved" : "twice"}</b>}
        </a>
      ))}
      {fits.more > 0 && (
        <a class={fits.failed > 0 ? "entry bad" : "entry"} href={link("schedules", "calendar", { span: "day", date: day.date })}>
          {moreWords(fits)}
        </a>
      )}
    </li>
  );
}
