/** The runs of a simulation as bars over its time, a row for each workflow. Pure. */

import type { Shapes } from "../../api/client";

export type Simulation = Shapes["SimulationAnswer"];
export type SimulatedRun = Shapes["SimulatedRun"];
export type Kind = "waits" | "runs" | "failed" | "skipped";

export interface Bar {
  kind: Kind;
  /** Shares of the whole time. */
  start: number;
  end: number;
  /** The run, or the reason why there is none. */
  run?: SimulatedRun;
  reason: string;
  at: string;
}

export interface Row {
  workflow: string;
  bars: Bar[];
}

const MINUTES = [1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10_080, 43_200];

export function rowsOf(simulation: Simulation): Row[] {
  const begin = Date.parse(simulation.begin);
  const length = Date.parse(simulation.until) - begin;
  const share = (at: string) => Math.min(Math.max((Date.parse(at) - begin) / length, 0), 1);
  const rows = new Map<string, Bar[]>();
  const add = (workflow: string, bar: Bar) => {
    const bars = rows.get(workflow);
    if (bars) bars.push(bar);
    else rows.set(workflow, [bar]);
  };
  for (const run of simulation.runs) {
    const since = run.due_utc ?? run.queued_at;
    const until = run.finished_at ?? simulation.until;
    const begun = run.started_at ?? until;
    const common = { run, reason: "", at: since };
    if (begun > since) add(run.workflow_id, { kind: "waits", start: share(since), end: share(begun), ...common });
    if (run.started_at) {
      add(run.workflow_id, { kind: run.state === "failed" ? "failed" : "runs", start: share(begun), end: share(until), ...common });
    }
  }
  for (const fire of simulation.skipped) {
    const reason = fire.count > 1 ? `${fire.count} skipped: ${fire.reason}` : `skipped: ${fire.reason}`;
    add(fire.workflow_id, { kind: "skipped", start: share(fire.due_utc), end: share(fire.until_utc ?? fire.due_utc), reason, at: fire.due_utc });
  }
  return [...rows].map(([workflow, bars]) => ({ workflow, bars: bars.sort((a, b) => a.start - b.start) }));
}

/** Round times between two, at most `most` of them. `minutes`: those since midnight at a time, in the zone of the axis. */
export function ticksOf(begin: Date, until: Date, most: number, minutes: (at: Date) => number): Date[] {
  const length = (until.getTime() - begin.getTime()) / 60_000;
  const step = MINUTES.find((one) => length / one <= most) ?? Math.ceil(length / most);
  const first = step - (minutes(begin) % Math.min(step, 1440));
  const found: Date[] = [];
  for (let at = first % step; at <= length; at += step) found.push(new Date(begin.getTime() + at * 60_000));
  return found;
}
