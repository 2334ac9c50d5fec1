/** A row of bars for each workflow: when its runs wait and run, and what is skipped. */

import { useMemo, useState } from "preact/hooks";

import { Section } from "../../components/layout";
import { link } from "../../router";
import { clock, dayName, isoDay, span } from "../../time/format";
import { now } from "../../time/settings";
import { rowsOf, ticksOf, type Bar, type Kind, type Simulation } from "./chart-rows";

const MOST_TICKS = 8;
const WORDS: [Kind, string][] = [["runs", "runs"], ["waits", "waits"], ["failed", "fails"], ["skipped", "skipped"]];

export function Chart({ simulation, zone }: { simulation: Simulation; zone: string | undefined }) {
  const [told, setTold] = useState("");
  const rows = useMemo(() => rowsOf(simulation), [simulation]);
  const kinds = new Set(rows.flatMap(({ bars }) => bars.map(({ kind }) => kind)));
  const legend = WORDS.filter(([kind]) => kinds.has(kind));
  return (
    <Section
      title="Chart"
      class="simulation"
      beside={
        <span class="told faint" aria-live="polite">
          {told || legend.map(([kind, words]) => <span key={kind}><i class={`sample ${kind}`} /> {words} </span>)}
        </span>
      }
    >
      <div class="rows" onMouseLeave={() => setTold("")}>
        {rows.map(({ workflow, bars }) => (
          <div class="one" key={workflow}>
            <a class="name mono" href={link("workflows", workflow)} title={workflow}>
              {workflow}
            </a>
            <div class="track" role="group" aria-label={workflow} onKeyDown={moveFocus}>
              {bars.map((bar, at) => (
                <BarButton key={at} bar={bar} first={at === 0} words={wordsOf(workflow, bar, zone)} onTell={setTold} />
              ))}
            </div>
          </div>
        ))}
      </div>
      <Axis simulation={simulation} zone={zone} />
    </Section>
  );
}

interface BarProps {
  bar: Bar;
  first: boolean;
  words: string;
  onTell: (words: string) => void;
}

function BarButton({ bar, first, words, onTell }: BarProps) {
  const tell = () => onTell(words);
  return (
    <button
      type="button"
      class={`bar ${bar.kind}`}
      style={{ left: percent(bar.start), width: percent(bar.end - bar.start) }}
      // One stop for the Tab key in each row; arrow keys go on from there.
      tabIndex={first ? 0 : -1}
      aria-label={words}
      title={words}
      onMouseEnter={tell}
      onFocus={tell}
      onClick={tell}
    />
  );
}

function moveFocus(event: KeyboardEvent): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  const bars = [...(event.currentTarget as HTMLElement).children] as HTMLElement[];
  const next = bars[bars.indexOf(document.activeElement as HTMLElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Axis({ simulation, zone }: { simulation: Simulation; zone: string | undefined }) {
  const [begin, until] = [new Date(simulation.begin), new Date(simulation.until)];
  const minutes = (at: Date) => {
    const [hour = 0, minute = 0] = clock(at, zone).split(":").map(Number);
    return hour * 60 + minute;
  };
  const length = until.getTime() - begin.getTime();
  return (
    <div class="axis" aria-hidden="true">
      {ticksOf(begin, until, MOST_TICKS, minutes).map((at) => (
        <span key={at.getTime()} style={{ left: percent((at.getTime() - begin.getTime()) / length) }}>
          {minutes(at) === 0 ? isoDay(at, zone).slice(5) : clock(at, zone)}
        </span>
      ))}
    </div>
  );
}

const percent = (share: number) => `${100 * share}%`;

function wordsOf(workflow: string, { run, reason, at }: Bar, zone: string | undefined): string {
  const time = (one: string | null) => (one ? clock(new Date(one), zone, true) : "the end");
  const due = `${workflow}, due ${dayName(new Date(at), zone, now.peek())} ${time(at)}`;
  if (!run) return `${due}: ${reason}`;
  if (!run.started_at) return `${due}: does not start. ${run.waits_for}`;
  const parts = [`${run.finished_at ? run.state : "in progress"} ${time(run.started_at)} to ${time(run.finished_at)}`];
  if (run.late !== null) parts.push(`${span(run.late)} late: ${run.waits_for || run.note}`);
  else if (run.note) parts.push(run.note);
  if (run.state === "failed") parts.push(run.reason);
  return `${due}: ${parts.join("; ")}`;
}
