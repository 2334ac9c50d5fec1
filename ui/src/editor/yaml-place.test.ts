import { describe, expect, it } from "vitest";

import { placeAt } from "./yaml-place";

/** The place of `|` in a text. */
function at(text: string) {
  const offset = text.indexOf("|");
  const found = placeAt(text.replace("|", ""), offset);
  return found && { path: found.path.join("/"), key: found.key, typed: text.slice(found.from, offset), siblings: found.siblings.sort() };
}

describe("a name", () => {
  it("of the workflow", () => {
    expect(at("id: a\ntasks:\n  - id: b\n    command: c\nlab|")).toMatchObject({ path: "", key: null, typed: "lab", siblings: ["id", "tasks"] });
    expect(at("|")).toMatchObject({ path: "", key: null });
  });

  it("of a task", () => {
    expect(at("id: a\ntasks:\n  - id: b\n    com|\n    shell: true\n  - id: c")).toMatchObject({ path: "tasks/-", typed: "com", siblings: ["id", "shell"] });
    expect(at("id: a\ntasks:\n  - |")).toMatchObject({ path: "tasks/-", typed: "" });
    expect(at("id: a\ntasks:\n- id: b\n  com|")).toMatchObject({ path: "tasks/-", siblings: ["id"] });
    expect(at("id: a\ntasks:\n  -\n    com|")).toMatchObject({ path: "tasks/-" });
  });

  it("of a later task, past lists and texts of the ones before", () => {
    const text = "id: a\ntasks:\n  - id: b\n    args:\n      - one\n      - two\n    retry:\n      limit: 2\n  - id: c\n    |";
    expect(at(text)).toMatchObject({ path: "tasks/-", siblings: ["id"] });
  });

  it("of retry", () => {
    expect(at("tasks:\n  - id: b\n    retry:\n      limit: 2\n      de|")).toMatchObject({ path: "tasks/-/retry", typed: "de", siblings: ["limit"] });
  });

  it("of an output file", () => {
    expect(at("tasks:\n  - id: b\n    output_files:\n      - path: x\n        mini|")).toMatchObject({ path: "tasks/-/output_files/-", siblings: ["path"] });
  });

  it("of a schedule", () => {
    expect(at("id: a\ntasks:\n  - command: x\nschedules:\n  - cron: 0 1 * * *\n    ti|")).toMatchObject({ path: "schedules/-", siblings: ["cron"] });
  });

  it("of a second document", () => {
    expect(at("id: a\nlabels: [x]\n---\nid: b\nla|")).toMatchObject({ path: "", siblings: ["id"] });
  });

  it("within brackets", () => {
    expect(at("tasks:\n  - {id: a, com|}")).toMatchObject({ path: "tasks/-", key: null, typed: "com", siblings: ["id"] });
    expect(at("tasks:\n  - id: a\n    retry: {lim|")).toMatchObject({ path: "tasks/-/retry", typed: "lim" });
    expect(at("tasks:\n  - {id: a, retry: {limit: 2, de|")).toMatchObject({ path: "tasks/-/retry", siblings: ["limit"] });
    expect(at("tasks: [{id: a, com|")).toMatchObject({ path: "tasks/-", siblings: ["id"] });
  });
});

describe("a value", () => {
  it("of a name in a block", () => {
    expect(at("schedules:\n  - every: 1h\n    overlap: sk|")).toMatchObject({ path: "schedules/-", key: "overlap", typed: "sk" });
    expect(at("enabled: |")).toMatchObject({ path: "", key: "enabled", typed: "" });
  });

  it("within brackets", () => {
    expect(at("schedules:\n  - {every: 1h, catchup: |}")).toMatchObject({ path: "schedules/-", key: "catchup", typed: "" });
    expect(at("tasks:\n  - id: b\n    depends_on: [a, c|]")).toMatchObject({ path: "tasks/-/depends_on/-", key: null, typed: "c" });
  });

  it("of a list", () => {
    expect(at("tasks:\n  - id: b\n    depends_on:\n      - a|")).toMatchObject({ path: "tasks/-/depends_on/-", typed: "a" });
  });
});

describe("nowhere", () => {
  it.each(["id: a # the com|", "description: 'some te|", "tasks:\n  - {command: \"sh|"])("is in %s", (text) => {
    expect(at(text)).toBeNull();
  });
});
