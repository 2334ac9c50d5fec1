import { describe, expect, it } from "vitest";

import { codesText, environmentOf, NO_FILE, onTop } from "../../api/declared";
import { changesOf, newTask, taskOf, valuesOf } from "./task-values";

describe("a new task", () => {
  it("has the menu's defaults and the next free identifier", () => {
    const values = newTask(["task_1", "task_3"], false);
    expect(values).toMatchObject({ id: "task_2", command: "echo", args: "Hello World", expected_exit_codes: "0" });
    expect(taskOf(values)).toEqual({ id: "task_2", command: "echo", args: "Hello World" });
  });

  it("says in a graph that it waits for nothing", () => {
    expect(taskOf(newTask([], true))).toMatchObject({ depends_on: [] });
  });

  it("leaves empty fields out", () => {
    const values = { ...newTask([], false), args: "", timeout: "10m", retry_count: "2", retry_delay: "30" };
    expect(taskOf(values)).toEqual({ id: "task_1", command: "echo", timeout: "10m", retry_count: 2, retry_delay: 30 });
  });
});

describe("deadlines", () => {
  const task = { id: "dump", command: "sh", deadlines: { finish_by: { at: "06:00", business_day: 1, calendar: "bavaria" }, longer_than: 7200, shorter_than: "usual" } };

  it("are shown as they can be typed", () => {
    expect(valuesOf(task)).toMatchObject({ finish_by: "06:00 +1 bavaria", longer_than: "7200", shorter_than: "usual" });
    expect(valuesOf({ id: "dump", command: "sh" })).toMatchObject({ finish_by: "", longer_than: "" });
  });

  it("are changed one by one", () => {
    const before = valuesOf(task);
    expect(changesOf(before, { ...before, finish_by: "07:00", longer_than: "90" })).toEqual({ finish_by: "07:00", longer_than: 90 });
    expect(changesOf(before, { ...before, shorter_than: "" })).toEqual({ shorter_than: null });
  });
});

describe("a task that is there", () => {
  const task = {
    id: "dump",
    command: "sh",
    args: ["-c", "exit 3"],
    expected_exit_codes: [0, 3],
    output_files: ["a.txt", { path: "b.txt", minimum_size: 10, unusual: "fail", max_ratio: 3 }],
    retry: { limit: 2, delay: 5, max_delay: 60 },
    env: { NAME: "a=b" },
    timeout: 600,
    depends_on: ["first"],
  };

  it("is shown as it can be typed", () => {
    expect(valuesOf(task)).toMatchObject({
      args: "-c\nexit 3",
      argsEach: true,
      expected_exit_codes: "0 3",
      output_files: [{ ...NO_FILE, path: "a.txt" }, { ...NO_FILE, path: "b.txt", minimum_size: "10", unusual: "fail", rest: { max_ratio: 3 } }],
      retry_count: "2",
      retry_delay: "5",
      retry_backoff: "1",
      retry_max_delay: "60",
      env: "NAME=a=b",
      timeout: "600",
      depends_on: ["first"],
    });
  });

  it("sends nothing where nothing changed", () => {
    expect(changesOf(valuesOf(task), valuesOf(task))).toEqual({});
  });

  it("sends what changed, and null for what was cleared", () => {
    const output_files = [
      { ...NO_FILE, path: "b.txt", minimum_size: "1 kB" },
      { ...NO_FILE, path: " ", minimum_size: "" },
      { ...NO_FILE, path: "c.txt ", minimum_size: "0" },
      { ...NO_FILE, path: "d.txt", minimum_size: " " },
    ];
    const after = { ...valuesOf(task), timeout: "", env: "", output_files, retry_delay: "1m", retry_max_delay: "", depends_on: null };
    expect(changesOf(valuesOf(task), after)).toEqual({
      timeout: null,
      env: null,
      output_files: [{ path: "b.txt", minimum_size: "1 kB" }, { path: "c.txt", minimum_size: 0 }, "d.txt"],
      retry_delay: "1m",
      retry_max_delay: null,
      depends_on: null,
    });
  });

  it("leaves alone what lines cannot show", () => {
    const script = { id: "a", command: "sh", args: ["-c", "one\ntwo"], env: { TEXT: "one\ntwo" } };
    const values = valuesOf(script);
    expect(values).toMatchObject({ args: null, env: null });
    expect(changesOf(values, { ...values, command: "bash" })).toEqual({ command: "bash" });
  });

  it("keeps what was typed on top of what somebody else saved", () => {
    const before = valuesOf(task);
    const newest = valuesOf({ ...task, command: "bash", timeout: 5 });
    expect(onTop(before, { ...before, timeout: "7" }, newest)).toMatchObject({ command: "bash", timeout: "7" });
  });
});

describe("the environment", () => {
  it("is one NAME=value a line", () => {
    expect(environmentOf("A=1\n\nB= two = 2")).toEqual({ A: "1", B: " two = 2" });
  });

  it("says which line cannot be read", () => {
    expect(() => environmentOf("A=1\nwrong")).toThrow("“wrong” cannot be read; write NAME=value.");
  });
});

describe("exit codes", () => {
  it("are ranges where three or more are in a row", () => {
    expect(codesText([0, 1, 2, 3, 4, 5, 6, 7, 16])).toBe("0-7 16");
    expect(codesText([-2, -1, 0, 1, 5], ", ")).toBe("-2, -1, 0, 1, 5");
  });
});
