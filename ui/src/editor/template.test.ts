import { describe, expect, it } from "vitest";

import { idOf, template } from "./template";

describe("the template", () => {
  it("names the workflow", () => {
    expect(idOf(template("nightly"))).toBe("nightly");
  });
});

describe("idOf", () => {
  it.each([
    ['id: "a.b"  # mine\ntasks: []', "a.b"],
    ["tasks:\n  - id: a\n", null],
    ["", null],
  ])("finds the identifier of %j", (text, id) => {
    expect(idOf(text)).toBe(id);
  });
});
