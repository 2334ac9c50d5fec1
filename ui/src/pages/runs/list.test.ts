import { describe, expect, it } from "vitest";

import { extended, refreshed, told, type List, type Row } from "./list";
import { windowOf } from "./window";

const row = (at: number, more: Partial<Row> = {}): Row => ({
  id: `r${String(at).padStart(3, "0")}`,
  workflow_id: "w",
  version: 1,
  state: "running",
  reason: "",
  schedule_id: null,
  timezone: null,
  nominal_utc: null,
  due_utc: null,
  queued_at: new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString(),
  started_at: null,
  finished_at: null,
  retry_of: null, backfill_id: null, started_by: "schedule", cause: "",
  cancel_requested: false,
  ...more,
});
const rows = (...at: number[]) => at.map((one) => row(one));
const names = (list: List) => list.rows.map(({ id }) => Number(id.slice(1)));

describe("the list of runs", () => {
  it("goes on behind its end, with no row twice", () => {
    expect(names(extended({ rows: rows(5, 4), cursor: "x" }, { items: rows(4, 3), next_cursor: null }))).toEqual([5, 4, 3]);
  });

  it("gets what is new, and keeps what is behind the first page", () => {
    const list = refreshed({ rows: rows(5, 4, 3, 2, 1), cursor: "x" }, { items: rows(6, 5, 4), next_cursor: "y" });
    expect(names(list)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(list.cursor).toBe("x");
  });

  it("loses what the first page no longer has", () => {
    expect(names(refreshed({ rows: rows(5, 4, 3, 2), cursor: "x" }, { items: rows(5, 3), next_cursor: "y" }))).toEqual([5, 3, 2]);
    expect(names(refreshed({ rows: rows(5, 4), cursor: "x" }, { items: [], next_cursor: null }))).toEqual([]);
  });

  it("starts again where more came than a page holds", () => {
    expect(refreshed({ rows: rows(3, 2), cursor: "x" }, { items: rows(9, 8), next_cursor: "y" })).toMatchObject({ cursor: "y" });
  });

  it("hears what becomes of the runs that it shows", () => {
    const found = told(rows(2, 1), [{ kind: "run.failed", run_id: "r001", at: "2026-01-01T00:01:00Z", reason: "exit code 3" }], null);
    expect(found[1]).toMatchObject({ state: "failed", reason: "exit code 3", finished_at: "2026-01-01T00:01:00Z" });
    expect(found[0]?.state).toBe("running");
  });

  it("lets go of what is no longer in the state that is shown, and does not mind what it does not know", () => {
    expect(told(rows(2, 1), [{ kind: "run.failed", run_id: "r001" }], "running")).toHaveLength(1);
    const before = rows(2, 1);
    expect(told(before, [{ kind: "run.failed", run_id: "other" }, { kind: "run.odd", run_id: "r001" }], null)).toBe(before);
  });
});

describe("the rows that are drawn", () => {
  it("are those in sight, with some around them", () => {
    expect(windowOf(10_000, 50, 0, 800)).toEqual({ first: 0, last: 36 });
    expect(windowOf(10_000, 50, -100_000, 800)).toEqual({ first: 1980, last: 2036 });
    expect(windowOf(10, 50, -100_000, 800)).toEqual({ first: 10, last: 10 });
    expect(windowOf(0, 50, 300, 800)).toEqual({ first: 0, last: 0 });
  });
});
