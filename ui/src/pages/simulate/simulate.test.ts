import { describe, expect, it } from "vitest";

import { rowsOf, ticksOf, type SimulatedRun, type Simulation } from "./chart-rows";
import { FIRST, problemOf, questionOf } from "./question";

function run(changes: Partial<SimulatedRun>): SimulatedRun {
  return {
    workflow_id: "w",
    schedule_id: "s",
    nominal_utc: null,
    due_utc: "2026-11-24T00:00:00Z",
    queued_at: "2026-11-24T00:00:00Z",
    started_at: "2026-11-24T00:00:00Z",
    finished_at: "2026-11-24T01:00:00Z",
    state: "succeeded",
    reason: "",
    note: "",
    late: null,
    waits_for: "",
    overruns_utc: null,
    missed: [],
    tasks: [],
    ...changes,
  };
}

function simulation(changes: Partial<Simulation>): Simulation {
  return { begin: "2026-11-24T00:00:00Z", until: "2026-11-24T10:00:00Z", runs: [], skipped: [], ...changes } as Simulation;
}

describe("the question", () => {
  it("leaves out what is empty", () => {
    expect(questionOf(FIRST)).toEqual({ for: "24h", assume: {}, durations: "median" });
    expect(questionOf({ ...FIRST, length: " " }).for).toBe("24h");
  });

  it("takes assumptions by line and by comma", () => {
    const typed = { ...FIRST, from: "2026-11-24 ", assume: "load=3h\n a.b = failed , c=1m\n", slots: "2", definitions: "id: w" };
    expect(questionOf(typed)).toEqual({
      from: "2026-11-24",
      for: "24h",
      assume: { load: "3h", "a.b": "failed", c: "1m" },
      slots: 2,
      durations: "median",
      with: "id: w",
    });
    expect(problemOf(typed)).toBeUndefined();
  });

  it("names the line that assumes nothing", () => {
    expect(problemOf({ ...FIRST, assume: "load=3h\nload" })).toContain("“load” is not TASK=VALUE");
  });
});

describe("the rows", () => {
  it("show what a run waits and how long it runs", () => {
    const late = run({ started_at: "2026-11-24T02:00:00Z", finished_at: "2026-11-24T03:00:00Z", state: "failed" });
    const [row] = rowsOf(simulation({ runs: [late] }));
    expect(row?.bars.map(({ kind, start, end }) => [kind, start, end])).toEqual([
      ["waits", 0, 0.2],
      ["failed", 0.2, 0.3],
    ]);
  });

  it("end at the end of the simulation where a run does not", () => {
    const open = run({ started_at: null, finished_at: null, state: "queued" });
    const [row] = rowsOf(simulation({ runs: [open, run({ finished_at: null })] }));
    expect(row?.bars.map(({ kind, end }) => [kind, end])).toEqual([["waits", 1], ["runs", 1]]);
  });

  it("have what is skipped, in order", () => {
    const fire = { workflow_id: "w", schedule_id: "s", nominal_utc: "", disposition: "skipped_overlap" as const, reason: "busy" };
    const skipped = [
      { ...fire, due_utc: "2026-11-24T05:00:00Z", until_utc: "2026-11-24T06:00:00Z", count: 3 },
      { ...fire, due_utc: "2026-11-24T01:00:00Z", until_utc: null, count: 1 },
    ];
    const [row] = rowsOf(simulation({ runs: [run({})], skipped }));
    expect(row?.bars.map(({ kind, start, reason }) => [kind, start, reason])).toEqual([
      ["runs", 0, ""],
      ["skipped", 0.1, "skipped: busy"],
      ["skipped", 0.5, "3 skipped: busy"],
    ]);
  });
});

describe("the ticks", () => {
  const minutes = (at: Date) => at.getUTCHours() * 60 + at.getUTCMinutes();
  const shown = (begin: string, until: string) => ticksOf(new Date(begin), new Date(until), 8, minutes).map((at) => at.toISOString().slice(5, 16));

  it("are round times", () => {
    expect(shown("2026-11-24T22:10:00Z", "2026-11-25T02:10:00Z")).toEqual([
      "11-24T22:30", "11-24T23:00", "11-24T23:30", "11-25T00:00", "11-25T00:30", "11-25T01:00", "11-25T01:30", "11-25T02:00",
    ]);
  });

  it("begin with the first time if that is round", () => {
    expect(shown("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z")[0]).toBe("11-24T00:00");
    expect(shown("2026-11-24T00:00:00Z", "2027-02-24T00:00:00Z").length).toBeLessThan(10);
  });
});
