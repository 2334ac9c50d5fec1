import { describe, expect, it } from "vitest";

import type { Shapes } from "../../api/client";
import { newSchedule, previewed, scheduleChanges, scheduleOf, scheduleValues, specOf, wallClock } from "./schedule-values";

const NOW = new Date("2026-11-24T22:30:05Z");
const stored = (spec: Record<string, unknown>): Shapes["ScheduleAnswer"] => ({
  id: "s",
  workflow_id: "w",
  description: "",
  spec,
  timezone: "Europe/Berlin",
  catchup: "none",
  catchup_window: 3600,
  overlap: "skip",
  overlap_scope: "workflow",
  calendar: null,
  on_closed: "skip",
  collide: "coalesce",
  jitter: 0,
  from: null,
  until: null,
  paused_until: null,
  wake: false,
  params: {},
  paused: false,
  enabled: true,
  deadlines: { start_within: null, finish_by: null, no_success_for: null },
  next_utc: null,
  problem: "",
});

describe("a new schedule", () => {
  it("is every 60 minutes, as in the menu", () => {
    expect(specOf(newSchedule("UTC", NOW))).toEqual({ interval: 60 });
  });

  it("offers the present time on the clocks of its zone", () => {
    expect(newSchedule("Europe/Berlin", NOW).date).toBe("2026-11-24 23:30:05");
    expect(wallClock(NOW, "Asia/Tokyo")).toBe("2026-11-25 07:30:05");
  });
});

describe("a trigger", () => {
  const values = newSchedule("UTC", NOW);
  it.each([
    [{ ...values, interval: "1.5" }, { interval: 1.5 }],
    [{ ...values, interval: "1h30m" }, { every: "1h30m" }],
    [{ ...values, kind: "cron" as const }, { cron: "0 0 * * mon-fri" }],
    [{ ...values, kind: "cron" as const, days: "mon, wed", hour: "8-18/2", minute: "" }, { cron: "* 8-18/2 * * mon,wed" }],
    [{ ...values, kind: "cron" as const, whole: true, expression: " @daily " }, { cron: "@daily" }],
    [{ ...values, kind: "date" as const, date: "2027-01-01 08:00:00" }, { at: "2027-01-01 08:00:00" }],
    [{ ...values, kind: "start" as const, start: "scheduler" as const }, { at_start: "scheduler" }],
    [{ ...values, kind: "times" as const, times: "06:00, 12:30", timesDays: "" }, { times: "06:00, 12:30", days: "*" }],
    [{ ...values, kind: "business" as const, nth: "-2", atTime: "18:00" }, { business_day: { nth: -2, of: "month", time: "18:00" } }],
    [{ ...values, interval: "3d", atTime: "02:30" }, { every: "3d", at_time: "02:30" }],
    [{ ...values, interval: "2w", atTime: "02:30", starting: "2027-01-04" }, { every: "2w", at_time: "02:30", starting: "2027-01-04" }],
  ])("is what its fields say %#", (fields, spec) => {
    expect(specOf(fields)).toEqual(spec);
  });

  it.each([
    [{ cron: "30 2 * * mon-fri" }, { kind: "cron", whole: false, minute: "30", hour: "2", days: "mon-fri" }],
    [{ cron: "0 0 1 * *" }, { kind: "cron", whole: true, expression: "0 0 1 * *" }],
    [{ cron: "@daily" }, { kind: "cron", whole: true, expression: "@daily" }],
    [{ every: "6h" }, { kind: "interval", interval: "6h" }],
    [{ interval: 5 }, { kind: "interval", interval: "5" }],
    [{ at: "2027-01-01 08:00:00" }, { kind: "date", date: "2027-01-01 08:00:00" }],
    [{ at_start: "boot" }, { kind: "start", start: "boot" }],
    [{ times: ["06:00", "12:30"], days: "mon-fri" }, { kind: "times", times: "06:00, 12:30", timesDays: "mon-fri" }],
    [{ business_day: { nth: 1, of: "quarter", time: "06:00" } }, { kind: "business", nth: "1", of: "quarter", atTime: "06:00" }],
    [{ every: "3d", at_time: "02:30" }, { kind: "interval", interval: "3d", atTime: "02:30", starting: "" }],
  ])("is shown as it can be typed %#", (spec, fields) => {
    expect(scheduleValues(stored(spec), NOW)).toMatchObject({ ...fields, policies: { catchup_window: "3600", overlap: "skip" } });
  });
});

describe("a schedule without a calendar", () => {
  it("says so, and not that its calendar has an empty name", () => {
    expect(scheduleOf(newSchedule("UTC", NOW))).toMatchObject({ calendar: null, on_closed: "skip", from: null });
    expect(previewed("", newSchedule("UTC", NOW))).toMatchObject({ id: null, calendar: null, jitter: 0 });
  });
});

describe("a change", () => {
  const before = scheduleValues(stored({ every: "6h" }), NOW);
  it("says only what changed", () => {
    expect(scheduleChanges(before, { ...before })).toEqual({});
    expect(scheduleChanges(before, { ...before, policies: { ...before.policies, catchup_window: "", overlap: "queue" } })).toEqual({ catchup_window: null, overlap: "queue" });
  });

  it("has the new trigger alone", () => {
    expect(scheduleChanges(before, { ...before, kind: "cron" })).toEqual({ cron: "0 0 * * mon-fri" });
  });
});
