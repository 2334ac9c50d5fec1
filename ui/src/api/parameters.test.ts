import { describe, expect, it } from "vitest";

import { changedParameters, hintOf, problemsAt, scheduleParameters, typedForRun, typedForSchedule, type Parameters } from "./parameters";

const PARAMETERS: Parameters = {
  region: { type: "choice", options: ["north", "south"], default: "north", required: false, value: "north" },
  full: { type: "boolean", required: true, value: null },
  limit: { type: "integer", default: 1000, min: 1, max: 9000, required: false, value: 1000 },
  files: { type: "list", default: ["a", "b"], required: false, value: ["a", "b"] },
  note: { type: "string", description: "Why", required: true, value: null },
};
const TYPED = { region: "north", full: "false", limit: "1000", files: "a\nb", note: "" };

describe("the form of a run", () => {
  it("has the value of each parameter", () => {
    expect(typedForRun(PARAMETERS)).toEqual(TYPED);
    expect(typedForRun(PARAMETERS, { region: "south", note: "x", gone: 1 })).toEqual({ ...TYPED, region: "south", note: "x" });
  });

  it("sends what was changed, and what is required", () => {
    expect(changedParameters(PARAMETERS, TYPED, TYPED)).toEqual({ full: "false" });
    expect(changedParameters(PARAMETERS, TYPED, { ...TYPED, limit: "7", files: "c\n\nd", note: "x" })).toEqual({ full: "false", limit: "7", files: ["c", "d"], note: "x" });
  });

  it("sends nothing of a run that is run again as it was", () => {
    const before = typedForRun(PARAMETERS, { region: "south", full: true, limit: 5, files: [], note: "x" });
    expect(changedParameters(PARAMETERS, before, before)).toEqual({});
    expect(changedParameters(PARAMETERS, before, { ...before, region: "north" })).toEqual({ region: "north" });
  });
});

describe("the form of a schedule", () => {
  it("leaves defaults to each run", () => {
    expect(typedForSchedule(PARAMETERS, { region: "south" })).toEqual({ region: "south", full: "", limit: "", files: "", note: "" });
    expect(scheduleParameters(PARAMETERS, { ...typedForSchedule(PARAMETERS), note: "x", files: "a" })).toEqual({ note: "x", files: ["a"] });
  });
});

it("problems are shown at their fields", () => {
  expect(problemsAt([{ where: "params.note", message: "is required" }, { where: "body.id", message: "x" }, { message: "y" }])).toEqual({ note: "is required" });
});

it("a hint says what may be written", () => {
  expect(hintOf(PARAMETERS["limit"]!)).toBe("A whole number. At least 1, at most 9000.");
  expect(hintOf(PARAMETERS["note"]!)).toBe("Why. Required.");
});
