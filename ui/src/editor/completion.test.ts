import { describe, expect, it } from "vitest";

import { optionsAt, taskIds, type Schema } from "./completion";
import { placeAt } from "./yaml-place";

const SCHEMA: Schema = {
  properties: {
    id: { type: "string" },
    enabled: { type: "boolean", default: true },
    tasks: { items: { $ref: "#/$defs/Task" } },
    schedules: { anyOf: [{ items: { $ref: "#/$defs/Schedule" } }, { type: "null" }] },
    params: { type: "object", additionalProperties: { $ref: "#/$defs/Parameter" } },
  },
  required: ["id"],
  $defs: {
    Task: {
      properties: {
        id: { type: "string" },
        command: { type: "string", description: "what is run" },
        shell: { type: "boolean" },
        retry: { anyOf: [{ $ref: "#/$defs/Retry" }, { type: "null" }] },
        output_files: { items: { anyOf: [{ type: "string" }, { $ref: "#/$defs/File" }] } },
        depends_on: { anyOf: [{ items: { type: "string" } }] },
      },
      required: ["command"],
    },
    Retry: { properties: { limit: { type: "integer", default: 0 }, delay: {} } },
    File: { properties: { path: {}, minimum_size: {} } },
    Schedule: { properties: { cron: {}, timezone: {}, overlap: { $ref: "#/$defs/Overlap" } } },
    Parameter: { properties: { type: { enum: ["string", "date"] }, default: {} } },
    Overlap: { enum: ["queue", "skip"] },
  },
};

function labels(text: string): string[] {
  const offset = text.indexOf("|");
  const whole = text.replace("|", "");
  const place = placeAt(whole, offset);
  return place ? optionsAt(place, SCHEMA, whole, ["UTC", "Europe/Berlin"]).map((one) => one.label) : [];
}

describe("completion", () => {
  it.each([
    ["|", ["id", "enabled", "tasks", "schedules", "params"]],
    ["id: a\n|", ["enabled", "tasks", "schedules", "params"]],
    ["params:\n  day:\n    |", ["type", "default"]],
    ["params:\n  day: {type: |", ["string", "date"]],
    ["tasks:\n  - id: a\n    |", ["command", "shell", "retry", "output_files", "depends_on"]],
    ["tasks:\n  - id: a\n    retry:\n      |", ["limit", "delay"]],
    ["tasks:\n  - id: a\n    output_files:\n      - |", ["path", "minimum_size"]],
    ["schedules:\n  - |", ["cron", "timezone", "overlap"]],
    ["schedules:\n  - overlap: |", ["queue", "skip"]],
    ["tasks:\n  - shell: |", ["true", "false"]],
    ["schedules:\n  - timezone: |", ["UTC", "Europe/Berlin"]],
    ["tasks:\n  - id: a\n  - id: b\n    depends_on: [|", ["a", "b"]],
    ["tasks:\n  - id: a\n    env:\n      |", []],
  ])("offers what the place %j may hold", (text, expected) => {
    expect(labels(text)).toEqual(expected);
  });

  it("says what a name means and whether it is needed", () => {
    const place = { path: ["tasks", "-"], key: null, from: 0, siblings: [] };
    const options = optionsAt(place, SCHEMA, "", []);
    expect(options.find((one) => one.label === "command")).toMatchObject({ apply: "command: ", detail: "required", info: "what is run" });
    expect(options.find((one) => one.label === "shell")?.info).toBe("true · false");
  });

  it("knows the tasks of a text, and not its schedules", () => {
    expect(taskIds("id: w\ntasks:\n  - id: a\n  - {command: x, id: b}\nschedules:\n  - id: s\n")).toEqual(["a", "b"]);
  });
});
