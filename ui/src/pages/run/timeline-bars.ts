/** A run's attempts, waits and checks as bars over its time. Pure: the moment that counts as now is an argument. */

import type { RunAnswer, TaskRun } from "./choose";

export interface Bar {
  kind: "attempt" | "checks" | "wait";
  /** Seconds since the run began. */
  start: number;
  end: number;
  number: number;
  state: string;
}

export interface Row {
  task: TaskRun;
  bars: Bar[];
}

export interface Timeline {
  rows: Row[];
  /** Seconds from the left edge to the right one. */
  length: number;
  /** Where the axis is marked, in seconds. */
  marks: number[];
}

const MOST_MARKS = 7;
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

export function timelineOf(run: RunAnswer, now: Date): Timeline {
  const attempts = run.tasks.flatMap((task) => task.attempts);
  const starts = [run.started_at, ...attempts.map(({ started_at }) => started_at)].filter((one) => one !== null);
  if (starts.length === 0) return { rows: [], length: 1, marks: [] };
  const zero = Math.min(...starts.map((one) => Date.parse(one)));
  const since = (at: string) => (Date.parse(at) - zero) / 1000;
  const present = (now.getTime() - zero) / 1000;
  const rows = run.tasks
    .filter((task) => task.attempts.some(({ started_at }) => started_at))
    .map((task) => ({ task, bars: barsOf(task, since, present) }));
  const over = run.finished_at ? since(run.finished_at) : present;
  const length = Math.max(0.05, over, ...rows.flatMap(({ bars }) => bars.map(({ end }) => end)));
  return { rows, length, marks: marksOf(length) };
}

function barsOf(task: TaskRun, since: (at: string) => number, present: number): Bar[] {
  const bars: Bar[] = [];
  let waitsFrom: number | undefined;
  for (const one of task.attempts) {
    if (!one.started_at) continue;
    const start = since(one.started_at);
    if (waitsFrom !== undefined && start > waitsFrom) {
      bars.push({ kind: "wait", start: waitsFrom, end: start, number: one.number, state: "waiting" });
    }
    const end = Math.max(start, one.finished_at ? since(one.finished_at) : present);
    const exit = one.checking_at ? Math.min(end, Math.max(start, since(one.checking_at))) : end;
    bars.push({ kind: "attempt", start, end: exit, number: one.number, state: one.state });
    if (exit < end) bars.push({ kind: "checks", start: exit, end, number: one.number, state: one.state });
    waitsFrom = end;
  }
  if (task.state === "waiting" && task.retry_at && waitsFrom !== undefined) {
    const next = (task.attempts.at(-1)?.number ?? 0) + 1;
    bars.push({ kind: "wait", start: waitsFrom, end: Math.max(waitsFrom, since(task.retry_at)), number: next, state: "waiting" });
  }
  return bars;
}

function marksOf(length: number): number[] {
  const step = STEPS.find((one) => length / one <= MOST_MARKS) ?? Math.ceil(length / MOST_MARKS / 86_400) * 86_400;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, at) => Number((at * step).toFixed(3)));
}
