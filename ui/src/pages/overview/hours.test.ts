import { describe, expect, it } from "vitest";

import { columns } from "./hours";

const NOW = new Date("2026-11-24T10:20:00Z");

describe("the strip of a day", () => {
  it("puts what went wrong first, and leaves out states that did not occur", () => {
    const [hour] = columns([{ utc: "2026-11-24T09:00:00Z", states: { succeeded: 3, failed: 1, queued: 0 } }], [], NOW, 0);
    expect(hour?.parts).toEqual([{ state: "failed", count: 1 }, { state: "succeeded", count: 3 }]);
    expect(hour?.total).toBe(4);
  });

  it("counts what is due into its hour, beginning with the present one", () => {
    const due = [
      { from: "2026-11-24T10:20:00Z", due: 120 },
      { from: "2026-11-24T11:00:00Z", due: 0 },
      { from: "2026-11-24T12:00:00Z", due: 181 },
      { from: "2026-11-24T13:00:00Z", due: 7 },
    ];
    const hours = columns([], due, NOW, 3);
    expect(hours.map((hour) => hour.total)).toEqual([120, 0, 181]);
    expect(hours[0]?.start.toISOString()).toBe("2026-11-24T10:00:00.000Z");
    expect(hours.every((hour) => hour.coming)).toBe(true);
  });
});
