import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const HERE = Date.parse("2026-11-28T12:00:00Z");
const HOUR = 3_600_000;
const said = (time: number) => new Date(time).toUTCString();

let time: typeof import("./server-time");

beforeEach(async () => {
  vi.useFakeTimers({ now: HERE });
  vi.resetModules();
  time = await import("./server-time");
});
afterEach(() => void vi.useRealTimers());

describe("the server's time", () => {
  it("is this machine's as long as nothing is heard", () => {
    expect(time.serverNow()).toBe(HERE);
  });

  it.each([3 * 24 * HOUR, -HOUR, 10_000])("corrects a clock that is wrong by %i ms", (wrong) => {
    time.heardAt(said(HERE + wrong), 0, 100);
    expect(Math.abs(time.serverNow() - (HERE + wrong))).toBeLessThan(1000);
    vi.advanceTimersByTime(HOUR);
    expect(Math.abs(time.serverNow() - (HERE + wrong + HOUR))).toBeLessThan(1000);
  });

  it("is left alone where the difference is the way of the answer", () => {
    time.heardAt(said(HERE - 1000), 0, 2000);
    expect(time.serverNow()).toBe(HERE);
  });

  it("stands still while answers differ by a second", () => {
    time.heardAt(said(HERE + HOUR), 0, 0);
    const before = time.serverNow();
    for (const step of [1000, -1000, 0]) time.heardAt(said(HERE + HOUR + step), 0, 0);
    expect(time.serverNow()).toBe(before);
  });

  it("is this machine's again when its clock was put right", () => {
    time.heardAt(said(HERE + HOUR), 0, 0);
    vi.setSystemTime(HERE + HOUR);
    time.heardAt(said(HERE + HOUR), 0, 0);
    expect(time.serverNow()).toBe(HERE + HOUR);
  });

  it.each([null, "", "yesterday"])("is not taken from %s", (date) => {
    time.heardAt(date, 0, 0);
    expect(time.serverNow()).toBe(HERE);
  });

  it("is not taken from an answer that took long", () => {
    time.heardAt(said(HERE + HOUR), 0, 5001);
    expect(time.serverNow()).toBe(HERE);
  });
});
