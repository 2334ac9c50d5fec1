import { expect, it } from "vitest";

import { marked } from "./marks";

it("marks every hit, in either case, and leaves the rest as it is", () => {
  expect(marked([{ text: "an Error, an error", class: "x" }], "error")).toEqual([
    { text: "an ", class: "x" },
    { text: "Error", class: "x", hit: true },
    { text: ", an ", class: "x" },
    { text: "error", class: "x", hit: true },
  ]);
});

it("marks a hit that goes over several spans", () => {
  expect(marked([{ text: "ab" }, { text: "cd", class: "x" }, { text: "ef" }], "bcde")).toEqual([
    { text: "a" },
    { text: "b", hit: true },
    { text: "cd", class: "x", hit: true },
    { text: "e", hit: true },
    { text: "f" },
  ]);
});

it("gives back the same spans where there is nothing to mark", () => {
  const spans = [{ text: "abc" }];
  expect(marked(spans, "")).toBe(spans);
  expect(marked(spans, "x")).toBe(spans);
});
