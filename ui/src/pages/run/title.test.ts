import { describe, expect, it } from "vitest";

import { titleOf } from "./title";

const run = { workflow_id: "load-orders", state: "failed" as const, nominal_utc: "2026-11-24T01:30:00Z", started_at: "2026-11-24T01:30:04Z", queued_at: "2026-11-24T01:30:01Z" };
const BERLIN = "Europe/Berlin";
const title = (nominal: string, now: string, zone: string | undefined = BERLIN) => titleOf({ ...run, nominal_utc: nominal }, zone, new Date(now));

describe("the title of a run", () => {
  it("says the workflow, the state, and when it was due, in the words of who looks", () => {
    expect(title("2026-11-24T01:30:00Z", "2026-11-24T09:00:00Z")).toBe("load-orders · failed · today 02:30");
    expect(title("2026-11-24T01:30:00Z", "2026-11-25T09:00:00Z")).toBe("load-orders · failed · yesterday 02:30");
    expect(title("2026-11-24T01:30:00Z", "2026-11-27T09:00:00Z")).toBe("load-orders · failed · Tue 24 Nov 02:30");
    expect(title("2025-11-24T01:30:00Z", "2026-11-24T09:00:00Z")).toBe("load-orders · failed · Mon 24 Nov 2025 02:30");
    expect(titleOf({ ...run, state: "running" }, BERLIN, new Date("2026-11-24T01:30:09Z"))).toBe("load-orders · running · today 02:30");
  });

  it("changes its day at midnight in the zone", () => {
    expect(title("2026-11-24T22:59:00Z", "2026-11-24T22:59:59Z")).toBe("load-orders · failed · today 23:59");
    expect(title("2026-11-24T22:59:00Z", "2026-11-24T23:00:00Z")).toBe("load-orders · failed · yesterday 23:59");
    expect(title("2026-11-24T23:00:00Z", "2026-11-24T23:00:00Z")).toBe("load-orders · failed · today 00:00");
  });

  it("is in the zone of who looks", () => {
    const now = "2026-11-24T02:00:00Z";
    expect(title("2026-11-24T01:30:00Z", now, "UTC")).toBe("load-orders · failed · today 01:30");
    expect(title("2026-11-24T01:30:00Z", now, "America/New_York")).toBe("load-orders · failed · today 20:30");
    expect(title("2026-11-24T01:30:00Z", "2026-11-24T09:00:00Z", "America/New_York")).toBe("load-orders · failed · yesterday 20:30");
    expect(title("2026-11-24T11:30:00Z", now, "Pacific/Kiritimati")).toBe("load-orders · failed · tomorrow 01:30");
    expect(title("2026-11-24T01:30:00Z", now, "Not/AZone")).toBe("load-orders · failed · today 01:30");
  });

  it("counts days, not hours, where a day has 23 or 25", () => {
    // The clocks of Berlin go forward on 29 March 2026 and back on 25 October.
    expect(title("2026-03-29T10:00:00Z", "2026-03-29T22:30:00Z")).toBe("load-orders · failed · yesterday 12:00");
    expect(title("2026-03-28T22:45:00Z", "2026-03-29T22:30:00Z")).toBe("load-orders · failed · Sat 28 Mar 23:45");
    expect(title("2026-10-24T22:10:00Z", "2026-10-25T22:30:00Z")).toBe("load-orders · failed · today 00:10");
    expect(title("2026-10-24T21:50:00Z", "2026-10-25T22:30:00Z")).toBe("load-orders · failed · yesterday 23:50");
    expect(title("2026-10-25T00:30:00Z", "2026-10-25T22:30:00Z")).toBe("load-orders · failed · today 02:30");
    expect(title("2026-10-25T01:30:00Z", "2026-10-25T22:30:00Z")).toBe("load-orders · failed · today 02:30");
    expect(title("2026-10-25T23:10:00Z", "2026-10-25T22:30:00Z")).toBe("load-orders · failed · tomorrow 00:10");
  });

  it("has the start of a run by hand, and until then since when it is queued", () => {
    const now = new Date("2026-11-24T09:00:00Z");
    expect(titleOf({ ...run, nominal_utc: null }, BERLIN, now)).toBe("load-orders · failed · today 02:30");
    const queued = { ...run, state: "queued" as const, nominal_utc: null, started_at: null, queued_at: "2026-11-23T22:58:00Z" };
    expect(titleOf(queued, BERLIN, now)).toBe("load-orders · queued · yesterday 23:58");
  });
});
