import { describe, expect, it } from "vitest";

import { append, EMPTY, lineAt, LONGEST_LINE, MOST, only, prepend, type View } from "./window";

const encoder = new TextEncoder();
const part = (text: string | Uint8Array, start = 0, size?: number) => {
  const data = typeof text === "string" ? encoder.encode(text) : text;
  return { data, start, size: size ?? start + data.length };
};
const lines = (view: View) => view.pieces.flatMap((piece) => piece.lines);

describe("the window", () => {
  it("shows a whole file, with either end of line", () => {
    expect(lines(only(part("one\r\ntwo\n\nthree")))).toEqual(["one", "two", "", "three"]);
  });

  it("begins with a whole line where it shows the end of a file", () => {
    const view = only(part("lf a line\nnext\n", 1000));
    expect(lines(view)).toEqual(["next"]);
    expect(view.start).toBe(1010);
  });

  it("begins with a whole character where no line ends", () => {
    const view = only(part(encoder.encode("ü".repeat(10)).subarray(1), 1001));
    expect(lines(view)).toEqual(["ü".repeat(9)]);
    expect(view.start).toBe(1002);
  });

  it("puts lines and characters together that come in two parts", () => {
    const data = encoder.encode("first\nGrüße ✓ end\n");
    for (let at = 1; at < data.length; at++) {
      let view = only(part(data.subarray(0, at)));
      view = append(view, part(data.subarray(view.end), view.end));
      expect(lines(view), `cut at ${at}`).toEqual(["first", "Grüße ✓ end"]);
      expect(view.end).toBe(data.length);
    }
  });

  it("takes what comes before, up to where it began", () => {
    const data = encoder.encode("one\ntwo\nthree\nfour\n");
    let view = only(part(data.subarray(10), 10, data.length));
    expect(lines(view)).toEqual(["four"]);
    view = prepend(view, part(data.subarray(2, view.start), 2, data.length));
    expect(lines(view)).toEqual(["two", "three", "four"]);
    view = prepend(view, part(data.subarray(0, view.start), 0, data.length));
    expect(lines(view)).toEqual(["one", "two", "three", "four"]);
    expect(view.start).toBe(0);
  });

  it("leaves out a part that does not fit", () => {
    const view = only(part("one\n"));
    expect(append(view, part("three\n", 8))).toBe(view);
    expect(prepend(only(part("x\ny\n", 100)), part("z\n", 50)).start).toBe(102);
  });

  it("keeps a bound of bytes, and drops them at the other end", () => {
    const text = `${"x".repeat(99)}\n`.repeat(5000);
    let view = EMPTY;
    for (let at = 0; at < 8; at++) view = append(view, part(text, view.end));
    expect(view.end).toBe(4_000_000);
    expect(view.end - view.start).toBeLessThanOrEqual(MOST);
    expect(view.start % 100).toBe(0);
    while (view.start > 0) {
      const from = Math.max(0, view.start - 500_000);
      view = prepend(view, part(text.slice(0, view.start - from), from, 4_000_000));
    }
    expect(view.start).toBe(0);
    expect(view.end).toBeLessThanOrEqual(MOST);
  });

  it("shows of a line that is written over what was written last", () => {
    expect(lines(only(part("10%\r50%\r100%\r\nnext\r\r\n")))).toEqual(["100%", "next"]);
    let view = only(part("10%\r"));
    view = append(view, part("20%\r", view.end));
    expect(lines(view)).toEqual(["20%\r"]);
    view = append(view, part("30%\n", view.end));
    expect(lines(view)).toEqual(["30%"]);
  });

  it("cuts a very long line, also one that comes in parts", () => {
    const view = only(part("y".repeat(1_000_000)));
    expect(lines(view)[0]).toHaveLength(LONGEST_LINE + 1);
    const longer = append(view, part(`${"y".repeat(1_000_000)}\nnext\n`, view.end));
    expect(lines(longer).map(({ length }) => length)).toEqual([LONGEST_LINE + 1, 4]);
    expect(longer.end).toBe(2_000_006);
  });

  it("takes any bytes", () => {
    const data = Uint8Array.from({ length: 4096 }, (_, at) => (at * 37) % 256);
    const view = only(part(data));
    expect(view.end).toBeGreaterThan(4092);
    expect(view.pieces.flatMap(({ offsets }) => offsets)).toEqual([0, ...[...data.keys()].filter((at) => data[at] === 10 && at < 4095).map((at) => at + 1)]);
  });

  it("finds the line that has a byte", () => {
    const view = only(part("one\ntwo\nthree\n"));
    expect(lineAt(view, 0)?.line).toBe(0);
    expect(lineAt(view, 5)?.line).toBe(1);
    expect(lineAt(view, 8)?.line).toBe(2);
    expect(lineAt(view, 14)).toBeNull();
  });
});
