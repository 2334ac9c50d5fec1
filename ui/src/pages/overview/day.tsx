/** A day on one strip: what ran in the last hours, and what is due in the next. */

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Section } from "../../components/layout";
import { lookOf } from "../../components/state";
import { link } from "../../router";
import { homeZone } from "../../session";
import { absolute, clock, isoDay, zoneFor } from "../../time/format";
import { now, zoneMode } from "../../time/settings";
import { columns, type HourColumn } from "./hours";
import type { OverviewData } from "./data";

const AHEAD = 12;
const HOUR = 3_600_000;
const WIDTH = 26;
const HEIGHT = 64;

export function Day({ data }: { data: OverviewData }) {
  const hour = Math.floor(now.value.getTime() / HOUR);
  const calendar = useLive(
    (signal) => {
      const from = now.peek().toISOString();
      const to = new Date((hour + AHEAD) * HOUR).toISOString();
      return take(api.GET("/api/v1/calendar", { params: { query: { from, to, per: "hour", entries: 0 } }, signal }));
    },
    (one) => one.kind === "catalog.changed",
    [hour],
  );
  const shown = columns(data.hours, calendar.data?.totals ?? [], now.value, AHEAD);
  const highest = Math.max(1, ...shown.map((one) => one.total));
  const zone = zoneFor(zoneMode.value, homeZone.value);
  const edge = shown.findIndex((one) => one.coming);
  const filled = shown.findLastIndex((one) => one.total > 0 && !one.coming);
  const reached = filled >= 0 ? filled : edge;
  return (
    <Section title="Last 24 hours and next 12" class="day" beside={<Legend />}>
      {calendar.data?.complete === false && <p class="reason body">More is due than is shown: not every schedule is counted.</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Hour by hour">
        <svg width={shown.length * WIDTH} height={HEIGHT + 20} role="group" aria-label="Runs and fires by hour; the arrow keys go from hour to hour" onKeyDown={onHour}>
          {shown.map((one, at) => (
            <Column key={`${one.coming}${one.start.getTime()}`} reached={at === reached} hour={one} x={at * WIDTH} highest={highest} zone={zone} />
          ))}
          <line class="now" x1={edge * WIDTH} x2={edge * WIDTH} y1="0" y2={HEIGHT + 4} />
          {shown.map((one, at) =>
            // The present hour stands on both sides of the line, and the first has no room for its words.
            at !== edge && at !== 0 && Number(clock(one.start, zone).slice(0, 2)) % 3 === 0 ? (
              <text key={at} x={at * WIDTH + WIDTH / 2} y={HEIGHT + 16}>
                {clock(one.start, zone)}
              </text>
            ) : null,
          )}
        </svg>
      </div>
    </Section>
  );
}

/** The strip is one stop of the Tab key. */
function onHour(event: KeyboardEvent & { currentTarget: SVGElement }): void {
  const hours = [...event.currentTarget.querySelectorAll<SVGAElement>("a")];
  const at = hours.indexOf(document.activeElement as unknown as SVGAElement);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: hours.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  hours[to]?.focus();
}

interface ColumnProps {
  hour: HourColumn;
  /** One hour is reached by Tab, the others from there. */
  reached: boolean;
  x: number;
  highest: number;
  zone: string | undefined;
}

function Column({ hour, reached, x, highest, zone }: ColumnProps) {
  const words = hour.parts.map((part) => `${part.count.toLocaleString("en")} ${lookOf(part.state).word}`).join(", ");
  const label = `${absolute(hour.start, zone, now.value)}: ${words || (hour.coming ? "nothing due" : "nothing ran")}`;
  let y = HEIGHT;
  const bars = hour.parts.map((part) => {
    // By the square root, so that one failure beside a hundred successes is seen.
    const height = Math.max(4, (Math.sqrt(part.count) / Math.sqrt(highest)) * (HEIGHT / hour.parts.length));
    y -= height;
    return <rect key={part.state} class={`fill ${lookOf(part.state).tone} ${hour.coming ? "coming" : ""}`} x={x + 3} y={y} width={WIDTH - 6} height={height - 1} rx="2" />;
  });
  const target = link("schedules", "calendar", { span: "day", date: isoDay(hour.start, zone) });
  return (
    <a href={target} {...{ tabindex: reached ? 0 : -1 }} aria-label={label}>
      <title>{label}</title>
      <rect class="ground" x={x + 1} y="0" width={WIDTH - 2} height={HEIGHT} rx="3" />
      {bars}
    </a>
  );
}

function Legend() {
  return (
    <p class="legend" aria-hidden="true">
      {(["succeeded", "failed", "running", "due"] as const).map((state) => (
        <span key={state} class={lookOf(state).tone}>
          <i class={`swatch ${lookOf(state).tone} ${state === "due" ? "coming" : ""}`} /> {lookOf(state).word}
        </span>
      ))}
    </p>
  );
}
