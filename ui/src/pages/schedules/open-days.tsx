/** The calendars of business days: a year of each, with the reason of every closed day. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { confirm } from "../../components/dialog";
import { ChoiceField } from "../../components/fields";
import { Icon } from "../../components/icons";
import { Empty, Show } from "../../components/layout";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import { useLive } from "../../live/live";
import { place, setQuery } from "../../router";
import { can } from "../../session";
import { now } from "../../time/settings";
import { CalendarForm } from "./calendar-form";
import { monthsOf, type OpenDay } from "./year";

type Year = Shapes["BusinessYearAnswer"];

export function OpenDays() {
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/calendars", { signal })),
    (one) => one.kind === "catalog.changed",
    [],
  );
  /** The calendar that is edited; an empty text for a new one. */
  const [edited, setEdited] = useState<string>();
  function close(saved?: string): void {
    setEdited(undefined);
    if (saved === undefined) return;
    setQuery("calendar", saved);
    loaded.again();
  }
  async function remove(name: string): Promise<void> {
    if (!(await confirm(`Delete ${name}?`, "Its days are deleted with it.", "Delete"))) return;
    await attempt(async () => {
      await take(api.DELETE("/api/v1/calendars/{calendar}", { params: { path: { calendar: name } } }));
      say(`Deleted ${name}.`);
      loaded.again();
    });
  }
  return (
    <>
      <Show loaded={loaded}>
        {(calendars) => {
          const names = calendars.map(({ id }) => id);
          const asked = place.value.query.get("calendar") ?? "";
          const name = names.includes(asked) ? asked : names[0];
          const edit = can("author") && (
            <div class="row">
              {name !== undefined && <button onClick={() => setEdited(name)}>Edit {name}</button>}
              {name !== undefined && <Press act={() => remove(name)}>Delete {name}</Press>}
              <button onClick={() => setEdited("")}>New calendar</button>
            </div>
          );
          return (
            <>
              {edit}
              {names.length > 1 && (
                <ChoiceField label="Calendar" options={names.map((one) => [one, one])} value={name ?? ""} onInput={(one) => setQuery("calendar", one)} />
              )}
              {name === undefined ? <Empty words="No calendars yet. A calendar says on which days schedules may fire." /> : <YearView name={name} />}
            </>
          );
        }}
      </Show>
      {edited !== undefined && <CalendarForm name={edited || undefined} onClose={close} />}
    </>
  );
}

function YearView({ name }: { name: string }) {
  const year = Number(/^\d{4}$/.exec(place.value.query.get("year") ?? "")?.[0] ?? new Date(now.value).getUTCFullYear());
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/calendars/{calendar}", { params: { path: { calendar: name }, query: { year } }, signal })),
    (one) => one.kind === "catalog.changed",
    [name, year],
  );
  return (
    <>
      <div class="row">
        <button aria-label="Earlier" onClick={() => setQuery("year", String(year - 1))}>
          <Icon name="left" />
        </button>
        <button aria-label="Later" onClick={() => setQuery("year", String(year + 1))}>
          <Icon name="right" />
        </button>
        <strong>
          {name} {year}
        </strong>
      </div>
      <Show loaded={loaded}>{(data) => <Months data={data} />}</Show>
    </>
  );
}

function Months({ data }: { data: Year }) {
  const reasons = data.days.filter((day) => day.open === false && day.source !== "weekend");
  return (
    <>
      <p class="faint">
        {data.open_days} open days; known until {data.last_day ?? "no day"}.
      </p>
      <ol class="year">
        {monthsOf(data.year, data.days).map(({ name, weeks }) => (
          <li key={name}>
            <table aria-label={`${name} ${data.year}`}>
              <caption>{name}</caption>
              <thead>
                <tr>
                  {["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"].map((day) => (
                    <th key={day} scope="col">{day}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {weeks.map((week, at) => (
                  <tr key={at}>
                    {week.map((day, weekday) => (
                      <Day key={weekday} day={day} />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </li>
        ))}
      </ol>
      <ul class="reasons" aria-label="Closed days">
        {reasons.map((day) => (
          <li key={day.date}>
            <time dateTime={day.date}>{day.date}</time> {day.why} <span class="faint">{day.source}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Day({ day }: { day: OpenDay | null }) {
  if (day === null) return <td />;
  const word = day.open === null ? "not known" : day.open ? "open" : `closed: ${day.why}`;
  return (
    <td class={day.open === null ? "unsaid" : day.open ? undefined : "closed"} title={`${day.date} is ${word}`}>
      {Number(day.date.slice(8))}
      {day.open !== true && <span class="unseen"> {word}</span>}
    </td>
  );
}
