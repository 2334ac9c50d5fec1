import { beforeEach, describe, expect, it, vi } from "vitest";

let marks: typeof import("./marks");

beforeEach(async () => {
  vi.resetModules();
  marks = await import("./marks");
});

describe("what was loaded before the stream opened", () => {
  it("is loaded once if nothing was written between", () => {
    marks.asking()("(0, 7)");
    marks.asking()("(0, 7)");
    expect(marks.isCurrent("(0, 7)", () => undefined)).toBe(true);
  });

  it("is loaded again if something was, or if the server says no mark", () => {
    marks.asking()("(0, 7)");
    marks.asking()("(0, 8)");
    expect(marks.isCurrent("(0, 8)", () => undefined)).toBe(false);
    marks.asking()(null);
    expect(marks.isCurrent(undefined, () => undefined)).toBe(false);
  });

  it("is loaded again if its answer is older than the stream, and came later", () => {
    const stale = vi.fn();
    const [fresh, old] = [marks.asking(), marks.asking()];
    expect(marks.isCurrent("(0, 8)", stale)).toBe(true);
    fresh("(0, 8)");
    expect(stale).not.toHaveBeenCalled();
    old("(0, 7)");
    expect(stale).toHaveBeenCalledOnce();
    marks.asking()("(0, 9)");
    expect(stale).toHaveBeenCalledOnce();
  });

  it("is loaded again whenever the stream had broken off", () => {
    expect(marks.isCurrent("(0, 7)", () => undefined)).toBe(true);
    expect(marks.isCurrent("(0, 7)", () => undefined)).toBe(false);
  });
});
