/** When each attempt ran, what it waited for, and how long its output files were checked. */

import { useState } from "preact/hooks";

import { Section } from "../../components/layout";
import { lookOf } from "../../components/state";
import { homeZone } from "../../session";
import { clock, span, zoneFor } from "../../time/format";
import { now, zoneMode } from "../../time/settings";
import { isOpen, type RunAnswer, type TaskRun } from "./choose";
import { timelineOf, type Bar, type Row } from "./timeline-bars";

interface TimelineProps {
  run: RunAnswer;
  task: string | undefined;
  attempt: number | undefined;
  onSelect: (task: string, attempt: number) => void;
}

export function Timeline({ run, task, attempt, onSelect }: TimelineProps) {
  const [told, setTold] = useState("");
  // Only what is not over moves with the clock.
  const { rows, length, marks } = timelineOf(run, isOpen(run) ? now.value : now.peek());
  if (rows.length === 0) return null;
  const share = (seconds: number) => `${(100 * seconds) / length}%`;
  return (
    <Section title="Timeline" class="timeline" beside={<span class="told faint">{told || <Legend rows={rows} />}</span>}>
      <div class="rows" onMouseLeave={() => setTold("")}>
        {rows.map((row) => (
          <div class={row.task.id === task ? "one here" : "one"} key={row.task.id}>
            <span class="name mono" title={row.task.id}>
              {row.task.id}
            </span>
            <div class="track">
              {row.bars.map((bar) => (
                <BarButton
                  key={`${bar.kind} ${bar.number}`}
                  {...{ row, bar }}
                  zone={zoneFor(zoneMode.value, run.timezone ?? homeZone.value)}
                  chosen={bar.kind === "attempt" && row.task.id === task && bar.number === attempt}
                  place={{ left: share(bar.start), width: share(bar.end - bar.start) }}
                  onTell={setTold}
                  onSelect={onSelect}
                />
              ))}
            </div>
          </div>
        ))}
      </div>
      <div class="axis" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark} style={{ left: share(mark) }}>
            {mark === 0 ? "0" : span(mark)}
          </span>
        ))}
      </div>
    </Section>
  );
}

interface BarButtonProps {
  row: Row;
  bar: Bar;
  zone: string | undefined;
  chosen: boolean;
  place: { left: string; width: string };
  onTell: (words: string) => void;
  onSelect: TimelineProps["onSelect"];
}

function BarButton({ row, bar, zone, chosen, place, onTell, onSelect }: BarButtonProps) {
  const words = wordsOf(row.task, bar, zone);
  const tell = () => onTell(words);
  const name = `bar ${bar.kind} ${lookOf(bar.state).tone}`;
  if (bar.kind !== "attempt") return <span class={name} style={place} title={words} onMouseEnter={tell} />;
  return (
    <button
      class={name}
      style={place}
      aria-label={words}
      title={words}
      aria-pressed={chosen}
      onMouseEnter={tell}
      onFocus={tell}
      onClick={() => onSelect(row.task.id, bar.number)}
    />
  );
}

function wordsOf(task: TaskRun, bar: Bar, zone: string | undefined): string {
  const length = span(bar.end - bar.start);
  if (bar.kind === "wait") return `${task.id} waited ${length} before attempt ${bar.number}`;
  if (bar.kind === "checks") return `${task.id}: output files of attempt ${bar.number} checked for ${length}`;
  const one = task.attempts.find(({ number }) => number === bar.number);
  const time = (at: string | null | undefined) => (at ? clock(new Date(at), zone, true) : "now");
  const code = one?.exit_code === null || one?.exit_code === undefined ? "" : `, exit code ${one.exit_code}`;
  const there = one?.worker ? ` on ${one.worker}` : "";
  return `${task.id} attempt ${bar.number}${there}: ${lookOf(bar.state).word}${code}, ${length}, ${time(one?.started_at)} to ${time(one?.finished_at)}`;
}

/** What the bars mean that are no attempts, as far as there are any. */
function Legend({ rows }: { rows: Row[] }) {
  const has = (kind: Bar["kind"]) => rows.some(({ bars }) => bars.some((bar) => bar.kind === kind));
  return (
    <span class="legend">
      {has("wait") && (
        <span>
          <span class="sample wait" /> waiting to retry
        </span>
      )}
      {has("checks") && (
        <span>
          <span class="sample checks" /> checking output files
        </span>
      )}
    </span>
  );
}
