import { describe, expect, it } from "vitest";

import { choose, type Attempt, type RunAnswer, type TaskRun } from "./choose";
import { timelineOf } from "./timeline-bars";

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 1, 0, second)).toISOString();

const attempt = (number: number, state: Attempt["state"], start: number | null, end: number | null): Attempt => ({
  number,
  state,
  exit_code: null,
  reason: "",
  pid: null,
  started_at: start === null ? null : at(start),
  finished_at: end === null ? null : at(end),
  stdout: "",
  stderr: "",
  stdout_bytes: 0,
  stderr_bytes: 0, stdout_written: null, stderr_written: null,
  checking_at: null,
  worker: null,
  files: null,
  placement: "",
  outputs: [],
});

const task = (id: string, state: TaskRun["state"], attempts: Attempt[] = [], more: Partial<TaskRun> = {}): TaskRun => ({
  id,
  state,
  reason: "",
  started_at: attempts[0]?.started_at ?? null,
  finished_at: attempts.at(-1)?.finished_at ?? null,
  retry_at: null,
  attempts,
  ...more,
});

const run = (tasks: TaskRun[], more: Partial<RunAnswer> = {}): RunAnswer => ({
  id: "r",
  workflow_id: "w",
  version: 1,
  environment: "",
  looks: [],
  state: "running",
  reason: "",
  schedule_id: null,
  timezone: null,
  nominal_utc: null,
  due_utc: null,
  queued_at: at(0),
  started_at: at(0),
  finished_at: null,
  retry_of: null, backfill_id: null, started_by: "schedule", cause: "", params: {}, deadlines: [],
  cancel_requested: false,
  tasks,
  graph: {},
  estimate_seconds: null,
  ...more,
});

const named = (found: ReturnType<typeof choose>) => [found.task?.id, found.attempt?.number];

describe("a run opens at", () => {
  const failed = task("b", "failed", [attempt(1, "failed", 1, 2), attempt(2, "failed", 3, 4)]);
  const good = task("a", "succeeded", [attempt(1, "succeeded", 0, 1)]);

  it("the last attempt of what failed first", () => {
    expect(named(choose(run([good, failed, task("c", "failed")]), undefined, undefined))).toEqual(["b", 2]);
  });

  it("what runs, else what ended last, else the first task", () => {
    const busy = task("c", "running", [attempt(1, "running", 1, null)]);
    expect(named(choose(run([good, busy]), undefined, undefined))).toEqual(["c", 1]);
    const later = task("z", "succeeded", [attempt(1, "succeeded", 1, 9)]);
    expect(named(choose(run([later, good, task("d", "skipped")]), undefined, undefined))).toEqual(["z", 1]);
    expect(named(choose(run([task("x", "pending"), task("y", "pending")]), undefined, undefined))).toEqual(["x", undefined]);
  });

  it("what the address names, as far as it is there", () => {
    expect(named(choose(run([good, failed]), "b", 1))).toEqual(["b", 1]);
    expect(named(choose(run([good, failed]), "b", 7))).toEqual(["b", 2]);
    expect(named(choose(run([good, failed]), "gone", 1))).toEqual(["b", 2]);
  });
});

describe("the timeline", () => {
  const now = new Date(at(20));

  it("has a bar for each attempt, and for the wait between them", () => {
    const { rows } = timelineOf(run([task("a", "running", [attempt(1, "failed", 1, 2), attempt(2, "running", 5, null)])]), now);
    expect(rows[0]?.bars.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ["attempt", 1, 2],
      ["wait", 2, 5],
      ["attempt", 5, 20],
    ]);
  });

  it("shows the wait that is not over, up to the next attempt", () => {
    const waiting = task("a", "waiting", [attempt(1, "failed", 1, 2)], { retry_at: at(30) });
    const { rows, length } = timelineOf(run([waiting]), now);
    expect(rows[0]?.bars.at(-1)).toMatchObject({ kind: "wait", start: 2, end: 30, number: 2 });
    expect(length).toBe(30);
  });

  it("tells checks of output files from the command, where there were any", () => {
    const checked = { ...attempt(1, "succeeded", 1, 6), checking_at: at(3) };
    const { rows } = timelineOf(run([task("a", "succeeded", [checked])]), now);
    expect(rows[0]?.bars.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ["attempt", 1, 3],
      ["checks", 3, 6],
    ]);
  });

  it("leaves out what never began, and marks its axis in round steps", () => {
    const found = timelineOf(run([task("a", "succeeded", [attempt(1, "succeeded", 0, 12)]), task("b", "skipped")], { finished_at: at(12) }), now);
    expect(found.rows.map((row) => row.task.id)).toEqual(["a"]);
    expect(found.marks).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(timelineOf(run([task("b", "pending")], { started_at: null }), now)).toEqual({ rows: [], length: 1, marks: [] });
  });
});
