import { describe, expect, it } from "vitest";

import { fitting, moreWords } from "./fitting";

const entries = (states: string) => [...states].map((letter, at) => ({ at, state: { s: "succeeded", f: "failed", o: "skipped_overlap", d: "due" }[letter] ?? "unknown" }));
const shown = (states: string, most: number) => fitting(entries(states), most).shown.map(({ at }) => at);

describe("the entries of a day", () => {
  it("are all shown where there is room", () => {
    expect(fitting(entries("sfd"), 3)).toMatchObject({ more: 0 });
    expect(shown("sfd", 3)).toEqual([0, 1, 2]);
  });

  it("are shown in their order, a late failure and what was skipped among them", () => {
    expect(shown("sssssf", 3)).toEqual([0, 1, 5]);
    expect(shown("sssofu", 3)).toEqual([3, 4, 5]);
    expect(moreWords(fitting(entries("sssofu"), 3))).toBe("3 more");
  });

  it("say what is behind the others, where more went wrong than there is room for", () => {
    expect(shown("ofoff", 2)).toEqual([1, 3]);
    expect(moreWords(fitting(entries("ofoffs"), 2))).toBe("4 more: 1 failed, 2 skipped");
  });
});
