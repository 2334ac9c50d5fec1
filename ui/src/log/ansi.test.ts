import { describe, expect, it } from "vitest";

import { colour, plain } from "./ansi";

const ESC = "\u001b";
const one = (line: string) => colour([line])[0];

describe("colours", () => {
  it("become classes for the sixteen", () => {
    expect(one(`a ${ESC}[31mred${ESC}[0m b`)).toEqual([{ text: "a " }, { text: "red", class: "ansi-red-fg" }, { text: " b" }]);
    expect(one(`${ESC}[1;92;44mx`)).toEqual([{ text: "x", class: "ansi-bold ansi-bright-green-fg ansi-blue-bg" }]);
  });

  it("become styles for the others", () => {
    expect(one(`${ESC}[38;5;196mx`)).toEqual([{ text: "x", style: { color: "rgb(255, 0, 0)" } }]);
    expect(one(`${ESC}[48;5;232mx`)).toEqual([{ text: "x", style: { backgroundColor: "rgb(8, 8, 8)" } }]);
    expect(one(`${ESC}[38;2;1;2;3mx`)).toEqual([{ text: "x", style: { color: "rgb(1, 2, 3)" } }]);
    expect(one(`${ESC}[38;5;9mx`)).toEqual([{ text: "x", class: "ansi-bright-red-fg" }]);
  });

  it("hold on the next line, until they are taken back", () => {
    expect(colour([`${ESC}[32mon`, "still", `${ESC}[0moff`, "plain"])).toEqual([
      [{ text: "on", class: "ansi-green-fg" }],
      [{ text: "still", class: "ansi-green-fg" }],
      [{ text: "off" }],
      [{ text: "plain" }],
    ]);
  });

  it("change places when they are reversed", () => {
    expect(one(`${ESC}[31;42;7mx`)).toEqual([{ text: "x", class: "ansi-green-fg ansi-red-bg" }]);
  });
});

describe("other orders to a terminal", () => {
  it.each([
    [`a${ESC}[2Kb`, "ab"],
    [`a${ESC}[1;1Hb`, "ab"],
    [`a${ESC}[?25lb`, "ab"],
    [`a${ESC}]0;title\u0007b`, "ab"],
    [`a${ESC}]8;;http://x${ESC}\\b`, "ab"],
    [`a${ESC}cb${ESC}`, "ab"],
    [`a${ESC}[`, "a"],
    [`a${ESC}[38:2::1:2:3mb`, "ab"],
    [`a${ESC}(Bb`, "ab"],
    ["a\u0000\u0008\u0007b\tc", "ab\tc"],
  ])("are dropped: %j", (line, text) => {
    expect(one(line)?.map((span) => span.text).join("")).toBe(text);
    expect(plain(line)).toBe(text);
  });

  it("leave markup what it is: text", () => {
    expect(one("<b onclick=x>&amp;</b>")).toEqual([{ text: "<b onclick=x>&amp;</b>" }]);
  });

  it("do not matter to an empty line", () => expect(colour(["", `${ESC}[0m`])).toEqual([[], []]));
});
