import { expect, it } from "vitest";

import { clockOf, labelsOf, loadOf, stateOf } from "./words";

it("tells a machine that is silent from one that was never started", () => {
  expect(stateOf({ state: "silent", silent_since: "2026-11-30T01:00:00Z" })).toBe("silent");
  expect(stateOf({ state: "silent", silent_since: null })).toBe("not_started");
  expect(stateOf({ state: "active", silent_since: null })).toBe("joined");
  expect(stateOf({ state: "draining", silent_since: null })).toBe("draining");
});

it("says how wrong a clock is, and nothing of a right one", () => {
  expect(clockOf({ skew: 7.4 })).toBe("its clock is 7 s ahead");
  expect(clockOf({ skew: -3600 })).toBe("its clock is 3,600 s behind");
  expect(clockOf({ skew: null })).toBe("");
});

it("says what was measured, and leaves out what was not", () => {
  expect(loadOf({ cpu_percent: 12.4, memory_percent: 41, free_mb: 20_480 })).toEqual(["CPU 12 %", "memory 41 %", "20.5 GB free"]);
  expect(loadOf({ cpu_percent: null, free_mb: 900 })).toEqual(["0.9 GB free"]);
  expect(loadOf(null)).toEqual([]);
});

it("reads labels as they are typed", () => {
  expect(labelsOf(" windows, sap  sap,")).toEqual(["windows", "sap"]);
  expect(labelsOf(" ")).toEqual([]);
});
