import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { askAhead, takeAhead } from "./prefetch";

const asked = vi.fn();
const url = (path: string) => new URL(path, location.origin).href;

beforeEach(() => {
  vi.useFakeTimers();
  asked.mockReset();
  asked.mockImplementation(async (from: string) => new Response(from));
  vi.stubGlobal("fetch", asked);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("an answer that was asked for ahead", () => {
  it("is for the first who asks the same", async () => {
    askAhead("/api/v1/runs/r");
    expect(takeAhead(url("/api/v1/runs/other"))).toBeUndefined();
    expect(await (await takeAhead(url("/api/v1/runs/r")))?.text()).toBe(url("/api/v1/runs/r"));
    expect(takeAhead(url("/api/v1/runs/r"))).toBeUndefined();
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("is forgotten when it is old", () => {
    askAhead("/api/v1/runs/r");
    vi.advanceTimersByTime(5001);
    expect(takeAhead(url("/api/v1/runs/r"))).toBeUndefined();
  });

  it("tells whoever takes it what went wrong", async () => {
    asked.mockRejectedValue(new TypeError("no network"));
    askAhead("/api/v1/runs/r");
    await expect(takeAhead(url("/api/v1/runs/r"))).rejects.toThrow("no network");
  });
});
