import { expect, it } from "vitest";

import { keep, kindOf, withLevels } from "./lines";

it("knows the level of a line", () => {
  expect(kindOf("2026-11-24 01:00:00.123+01:00 INFO      scheduler started")).toBe("INFO");
  expect(kindOf("2026-11-24 01:00:00.123+01:00 ERROR     run failed")).toBe("ERROR");
  expect(kindOf("    stdout | ERROR was here")).toBe("");
});

it("gives a line the level of its message", () => {
  const lines = withLevels(["2026-11-24 01:00:00.123Z ERROR     failed", "    stderr | why", "2026-11-24 01:00:01.000Z INFO      on"]);
  expect(lines.map((line) => line.level)).toEqual(["ERROR", "ERROR", "INFO"]);
});

it("keeps the newest lines", () => {
  const kept = keep(Array.from({ length: 5000 }, (_, at) => `${at}`), ["new"]);
  expect(kept).toHaveLength(5000);
  expect(kept.at(-1)).toBe("new");
  expect(kept[0]).toBe("1");
});
