/** What the Health page says in sentences. */

import type { Shapes } from "../../api/client";

export type How = Shapes["Stop"]["how"];

const KINDS: Record<string, string> = {
  "systemd-user": "a unit of systemd of its user",
  "systemd-system": "a unit of systemd",
  "windows-service": "a Windows service",
  "logon-task": "a task at sign-in",
};

/** Whether the operating system starts the scheduler. */
export function aboutService(state: Shapes["ServiceAnswer"]): string {
  if (!state.installed) return "It is not installed as a service: after the machine starts, somebody starts it with 'scheduler start'.";
  const what = `${state.name}, ${KINDS[state.kind] ?? state.kind},`;
  if (!state.enabled) return `${what} is installed, but does not start it by itself.`;
  const when = state.kind === "logon-task" ? "when its user signs in" : "with the machine";
  // The states of a task at sign-in are not asked for.
  const other = state.active || state.kind === "logon-task" ? "" : " What runs now was started by somebody else.";
  return `${what} starts it ${when}.${other}`;
}

/** What becomes of the commands that run, for a scheduler that ends. */
export const HOWS: Record<How, { short: string; words: string }> = {
  leave: { short: "Leave them running", words: "They go on by themselves, and the next start finds out how they ended." },
  wait: { short: "Wait for their runs", words: "The runs in progress go on to their end; no further run is started meanwhile." },
  kill: { short: "Cancel their runs", words: "The runs in progress are cancelled: their commands are asked to end, and ended if they do not." },
};

/** What is said once the scheduler was asked to end. */
export function aboutEnding(restarts: boolean, how: How, running: number): string {
  const when = how === "wait" && running > 0 ? ` as soon as ${counted(running)} over` : "";
  if (restarts) return `The scheduler restarts${when}. This page is away for a moment.`;
  return `The scheduler stops${when}, and this page with it. Start it again with: scheduler start`;
}

const counted = (running: number) => (running === 1 ? "the run in progress is" : `the ${running} runs in progress are`);

/** A size as people say it. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const at = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** at).toFixed(1)} ${units[at - 1]}`;
}

/** A limit as it was typed: nothing is what the settings say; undefined is no limit that can be meant. */
export function limitOf(text: string, most: number): number | null | undefined {
  if (text.trim() === "") return null;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;
}
