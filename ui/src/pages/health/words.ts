/** What the Health page says in sentences. */

import type { Shapes } from "../../api/client";

export type How = Shapes["Stop"]["how"];

const KINDS: Record<string, string> = {
  "systemd-user": "a systemd user unit",
  "systemd-system": "a systemd unit",
  "windows-service": "a Windows service",
  "logon-task": "a sign-in task",
};

/** Whether the operating system starts the scheduler. */
export function aboutService(state: Shapes["ServiceAnswer"]): string {
  if (!state.installed) return "Not installed as a service: after a reboot, start the scheduler with 'scheduler start'.";
  const what = `${state.name}, ${KINDS[state.kind] ?? state.kind},`;
  if (!state.enabled) return `${what} is installed, but does not start the scheduler by itself.`;
  const when = state.kind === "logon-task" ? "when its user signs in" : "at boot";
  // The states of a sign-in task are not asked for.
  const other = state.active || state.kind === "logon-task" ? "" : " The scheduler running now was started another way.";
  return `${what} starts the scheduler ${when}.${other}`;
}

/** What becomes of the commands that run, for a scheduler that ends. */
export const HOWS: Record<How, { short: string; words: string }> = {
  leave: { short: "Leave them running", words: "They continue on their own, and the next start records how they ended." },
  wait: { short: "Wait for the runs to finish", words: "Runs in progress continue to their end; no further run starts in the meantime." },
  kill: { short: "Cancel the runs", words: "Runs in progress are cancelled: their commands are asked to stop, and killed if they do not stop in time." },
};

/** What is said once the scheduler was asked to end. */
export function aboutEnding(restarts: boolean, how: How, running: number): string {
  const when = how === "wait" && running > 0 ? ` once ${counted(running)} finished` : "";
  if (restarts) return `The scheduler restarts${when}. This page reconnects by itself.`;
  return `The scheduler stops${when}, and the web interface with it. Start it again with: scheduler start`;
}

const counted = (running: number) => (running === 1 ? "the run in progress has" : `the ${running} runs in progress have`);

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
