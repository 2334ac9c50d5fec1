import { expect, it } from "vitest";

import { aboutEnding, aboutService, limitOf, size } from "./words";

const state = {
  kind: "systemd-user",
  name: "workflow-scheduler-home-3f2a1b",
  place: "/x",
  installed: true,
  enabled: true,
  active: true,
  home: "/home",
  watchman: false,
  running: true,
};

it("says who starts the scheduler", () => {
  expect(aboutService({ ...state, installed: false })).toContain("Not installed");
  expect(aboutService(state)).toBe("workflow-scheduler-home-3f2a1b, a systemd user unit, starts the scheduler at boot.");
  expect(aboutService({ ...state, enabled: false })).toContain("does not start the scheduler by itself");
  expect(aboutService({ ...state, active: false })).toContain("started another way");
  expect(aboutService({ ...state, kind: "logon-task", active: false })).toMatch(/when its user signs in\.$/);
});

it("says when the scheduler ends", () => {
  expect(aboutEnding(false, "leave", 3)).toContain("The scheduler stops, and the web interface with it.");
  expect(aboutEnding(false, "wait", 3)).toContain("once the 3 runs in progress have finished");
  expect(aboutEnding(true, "wait", 1)).toContain("restarts once the run in progress has finished.");
  expect(aboutEnding(true, "wait", 0)).toContain("The scheduler restarts.");
});

it("writes sizes", () => {
  expect([0, 999, 1000, 1_234_567, 5e9, 7e15].map(size)).toEqual(["0 B", "999 B", "1.0 kB", "1.2 MB", "5.0 GB", "7000.0 TB"]);
});

it("takes a whole number for a limit, and nothing for the settings'", () => {
  expect(["", " ", "0", "30", "-1", "1.5", "x", "101"].map((text) => limitOf(text, 100))).toEqual([
    null,
    null,
    0,
    30,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
