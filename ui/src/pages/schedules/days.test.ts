import { describe, expect, it } from "vitest";

import { daysOf, mondayOf, startOf, step } from "./days";

describe("days of a calendar", () => {
  it("begin at the zone's midnight", () => {
    expect(startOf("2026-11-24", "Europe/Berlin").toISOString()).toBe("2026-11-23T23:00:00.000Z");
    expect(startOf("2026-11-24", "America/New_York").toISOString()).toBe("2026-11-24T05:00:00.000Z");
    expect(startOf("2026-11-24", "Pacific/Kiritimati").toISOString()).toBe("2026-11-23T10:00:00.000Z");
    expect(startOf("2026-11-24", "Asia/Kathmandu").toISOString()).toBe("2026-11-23T18:15:00.000Z");
  });

  it("begin an hour later where midnight does not exist", () => {
    expect(startOf("2026-09-06", "America/Santiago").toISOString()).toBe("2026-09-06T04:00:00.000Z");
  });

  it("are marked where the clock is set", () => {
    const berlin = daysOf("2026-03-29", "week", "Europe/Berlin");
    expect(berlin.map((day) => day.clockChange)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(daysOf("2026-11-01", "day", "America/New_York")[0]?.clockChange).toBe(-1);
    expect(daysOf("2026-04-05", "day", "Australia/Lord_Howe")[0]?.clockChange).toBe(-0.5);
  });

  it("make whole weeks of a month", () => {
    const november = daysOf("2026-11-24", "month", "UTC");
    expect([november[0]?.date, november.at(-1)?.date, november.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
    expect(daysOf("2027-02-10", "month", "UTC")).toHaveLength(28);
  });

  it("follow each other", () => {
    expect(mondayOf("2026-11-29")).toBe("2026-11-23");
    expect(step("2026-12-31", "month", 1)).toBe("2027-01-01");
    expect(step("2026-01-15", "month", -1)).toBe("2025-12-01");
    expect(step("2026-03-01", "day", -1)).toBe("2026-02-28");
    expect(step("2026-12-30", "week", 1)).toBe("2027-01-06");
  });
});
