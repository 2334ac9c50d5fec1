import { describe, expect, it } from "vitest";

import { commandLine, policiesOf } from "./task-words";

describe("a task in words", () => {
  it("is its command as it can be typed", () => {
    expect(commandLine({ command: "sh", args: ["-c", "exit 3", "it's"] })).toBe(`sh -c 'exit 3' 'it'"'"'s'`);
    expect(commandLine({ command: "echo", args: "Hello World" })).toBe("echo Hello World");
    expect(commandLine({ command: "true" })).toBe("true");
  });

  it("says only what is not at its default", () => {
    expect(policiesOf({ command: "a" })).toEqual([]);
    expect(policiesOf({ retry: { limit: 2, delay: 30 }, output_files: ["a"], timeout: 600 })).toEqual([
      "1 output file",
      "2 retries",
      "retry after 30 s",
      "at most 10 min",
    ]);
  });
});
