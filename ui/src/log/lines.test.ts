import { describe, expect, it } from "vitest";

import { leadOf, textOf } from "./lead";
import { MOST_LINES, pieces, renewed, type OutputLine } from "./lines";

const line = (end: number, text = `line ${end}`, more: Partial<OutputLine> = {}): OutputLine => ({
  stream: "stdout", at: "2026-11-28T12:00:00.250Z", text, end, gap: false, ...more,
});
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => line(from + at));
const NONE = { first: 0, lines: [] };

describe("renewed", () => {
  it("keeps the numbers of lines when later ones come, and the earlier lines", () => {
    const before = renewed(NONE, range(0, 10));
    const after = renewed(before, range(5, 15));
    expect(after.first).toBe(0);
    expect(after.lines.map(({ end }) => end)).toEqual(range(0, 15).map(({ end }) => end));
  });

  it("gives earlier lines smaller numbers", () => {
    const after = renewed(renewed(NONE, range(10, 20)), range(4, 20));
    expect(after.first).toBe(-6);
    expect(after.lines).toHaveLength(16);
  });

  it("starts again where nothing is known of what came between", () => {
    const after = renewed(renewed(NONE, range(0, 10)), range(50, 60));
    expect(after.first).toBe(10);
    expect(after.lines[0]?.end).toBe(50);
  });

  it("does not take half of a line for one that was whole", () => {
    const after = renewed(renewed(NONE, range(0, 10)), [line(5, "ne 5", { gap: true }), ...range(6, 12)]);
    expect(after.lines[5]).toEqual(line(5));
    expect(after.lines).toHaveLength(12);
  });

  it("takes the other stream's line of the same place for another", () => {
    const after = renewed(renewed(NONE, [line(5)]), [line(5, "trouble", { stream: "stderr" }), line(5)]);
    expect(after).toEqual({ first: -1, lines: [line(5, "trouble", { stream: "stderr" }), line(5)] });
  });

  it("is bounded", () => {
    const after = renewed(renewed(NONE, range(0, MOST_LINES)), range(MOST_LINES - 5, MOST_LINES + 20));
    expect(after.first).toBe(20);
    expect(after.lines).toHaveLength(MOST_LINES);
    expect(after.lines[0]?.end).toBe(20);
  });
});

describe("pieces", () => {
  it("are the same where nothing changed, and cover every line once", () => {
    const first = renewed(NONE, range(0, 250));
    const before = pieces(first, []);
    const after = pieces(renewed(first, range(200, 300)), before);
    expect(after.map(({ start }) => start)).toEqual([0, 100, 200]);
    expect(after.map((piece, at) => piece === before[at])).toEqual([true, true, false]);
    expect(after.flatMap(({ offsets }) => offsets)).toEqual(Array.from({ length: 300 }, (_, at) => at));
  });

  it("have numbers below zero too", () => {
    const found = pieces({ first: -150, lines: range(0, 160) }, []);
    expect(found.map(({ start, end }) => [start, end])).toEqual([[-150, -100], [-100, 0], [0, 10]]);
  });

  it("differ when the end of a progress bar comes", () => {
    const before = pieces({ first: 0, lines: [line(5, "10 %")] }, []);
    expect(pieces({ first: 0, lines: [line(9, "20 %")] }, before)[0]).not.toBe(before[0]);
  });
});

describe("what stands before a line", () => {
  const mark = { stream: "stderr", at: "2026-11-28T12:00:00.250Z", gap: false };
  it("is the stream in words, and the time in the zone", () => {
    expect(leadOf(mark, true, false, "UTC")).toBe("err ");
    expect(leadOf(mark, true, true, "Asia/Kolkata")).toBe("17:30:00.250 err ");
    expect(leadOf({ ...mark, stream: "stdout", at: null }, true, true, "UTC")).toBe("                 ");
  });

  it("says where lines are missing", () => {
    const [piece] = pieces({ first: 0, lines: [line(5, "\u001b[31mred\u001b[0m", { gap: true })] }, []);
    expect(piece && textOf(piece, (one) => leadOf(one, true, false, "UTC"))).toEqual(["[earlier lines of stdout are not loaded]\n    red"]);
  });
});
