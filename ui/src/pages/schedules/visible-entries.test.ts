import { describe, expect, it } from "vitest";

import { fitting, moreWords } from "./visible-entries";

const STATES: Record<string, string> = { s: "succeeded", f: "failed", o: "skipped_overlap", d: "due" };
const entries = (states: string) => [...states].map((letter, at) => ({ at, count: 1, state: STATES[letter] ?? "unknown" }));
const totals = (found: { state: string; count: number }[]) => {
  const sums: Record<string, number> = {};
  for (const { state, count } of found) sums[state] = (sums[state] ?? 0) + count;
  return sums;
};
const fit = (states: string, most: number) => fitting(entries(states), most, totals(entries(states)));
const shown = (states: string, most: number) => fit(states, most).shown.map(({ at }) => at);

describe("the entries of a day", () => {
  it("are all shown where there is room", () => {
    expect(fit("sfd", 3)).toMatchObject({ more: 0 });
    expect(shown("sfd", 3)).toEqual([0, 1, 2]);
  });

  it("are shown in their order, a late failure and what was skipped among them", () => {
    expect(shown("sssssf", 3)).toEqual([0, 1, 5]);
    expect(shown("sssofu", 3)).toEqual([3, 4, 5]);
    expect(moreWords(fit("sssofu", 3))).toBe("3 more");
  });

  it("say what is behind the others, where more went wrong than there is room for", () => {
    expect(shown("ofoff", 2)).toEqual([1, 3]);
    expect(moreWords(fit("ofoffs", 2))).toBe("4 more: 1 failed, 2 skipped");
  });

  it("count what an entry stands for, and what has no entry", () => {
    const often = [{ state: "due", count: 4320 }, { state: "due", count: 1 }];
    expect(fitting(often, 1, { due: 4321 })).toMatchObject({ more: 1 });
    const found = fitting(often, 2, { due: 9321, failed: 2 });
    expect(moreWords(found)).toBe("5,002 more: 2 failed");
  });
});
