import { describe, expect, it } from "vitest";

import { diffLines } from "./diff-lines";

describe("diffLines", () => {
  it("tells added, removed and common lines apart", () => {
    const lines = ["--- 1", "+++ 2", "@@ -1,2 +1,2 @@", " id: a", "-command: x", "+command: y", "@@ -9 +9 @@", "+last: 1"];
    expect(diffLines(lines)).toEqual([
      { kind: "same", sign: "", text: "id: a" },
      { kind: "removed", sign: "−", text: "command: x" },
      { kind: "added", sign: "+", text: "command: y" },
      { kind: "gap", sign: "⋯", text: "" },
      { kind: "added", sign: "+", text: "last: 1" },
    ]);
  });

  it("takes a diff without its head, with items of a list in it", () => {
    expect(diffLines(["-  - id: a", "+  - id: b"])).toEqual([
      { kind: "removed", sign: "−", text: "  - id: a" },
      { kind: "added", sign: "+", text: "  - id: b" },
    ]);
  });

  it("is empty where nothing differs", () => {
    expect(diffLines([])).toEqual([]);
  });
});
