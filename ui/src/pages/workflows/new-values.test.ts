import { describe, expect, it } from "vitest";

import { documentOf, firstFree, NEW } from "./new-values";

describe("documentOf", () => {
  it("has the menu's first task where nothing was typed", () => {
    expect(JSON.parse(documentOf(NEW, "workflow_1"))).toEqual({
      id: "workflow_1",
      tasks: [{ id: "task_1", command: "echo", args: "Hello World" }],
      schedules: [],
    });
  });

  it("has what was typed, whatever it is", () => {
    const typed = { ...NEW, description: ' "a": # b ', command: "run: me", args: "", when: "weekdays" as const };
    expect(JSON.parse(documentOf(typed, "w"))).toEqual({
      id: "w",
      description: '"a": # b',
      tasks: [{ id: "task_1", command: "run: me" }],
      schedules: [{ cron: "0 0 * * mon-fri" }],
    });
  });

  it("has no task without a command", () => {
    expect(JSON.parse(documentOf({ ...NEW, command: "" }, "w")).tasks).toEqual([]);
  });
});

describe("firstFree", () => {
  it("is the first number that nobody has", () => {
    expect(firstFree([])).toBe("workflow_1");
    expect(firstFree(["workflow_1", "workflow_3", "other"])).toBe("workflow_2");
  });
});
