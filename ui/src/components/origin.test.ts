import { describe, expect, it } from "vitest";

import { originOf } from "./origin";

describe("originOf", () => {
  it("names the schedule, or who asked", () => {
    expect(originOf({ started_by: "schedule", schedule_id: "nightly" })).toBe("schedule nightly");
    expect(originOf({ started_by: "local:ada", schedule_id: null })).toBe("local:ada");
    // A retry of a scheduled run has a schedule, and was asked for.
    expect(originOf({ started_by: "token:ci", schedule_id: "nightly" })).toBe("token:ci");
  });

  it("claims nothing of runs that are older than the record", () => {
    expect(originOf({ started_by: "", schedule_id: "nightly" })).toBe("schedule nightly");
    expect(originOf({ started_by: "", schedule_id: null })).toBe("not recorded");
  });
});
