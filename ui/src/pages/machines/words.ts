/** What is said of a machine. Pure. */

import type { Shapes } from "../../api/client";

export type Worker = Shapes["WorkerAnswer"];

/** As `State` shows it: one that has joined and was never started is not silent, and one that works does not turn. */
export function stateOf({ state, silent_since }: Pick<Worker, "state" | "silent_since">): string {
  if (state === "silent" && silent_since === null) return "not_started";
  return state === "active" ? "joined" : state;
}

/** The labels and slots that it takes: fewer than it has, if it was started so. */
export const taken = (worker: Worker) => worker.started_with ?? { labels: worker.labels, slots: worker.slots };

/** `its clock is 7 s behind`; empty if it is right. */
export function clockOf({ skew }: Pick<Worker, "skew">): string {
  if (skew === null) return "";
  return `its clock is ${Math.round(Math.abs(skew)).toLocaleString("en")} s ${skew > 0 ? "ahead" : "behind"}`;
}

/** `CPU 12 %`, `memory 41 %`, `20.5 GB free`: what the last heartbeat said. */
export function loadOf(measured: Worker["measured"]): string[] {
  const number = (name: string) => {
    const value = measured?.[name];
    return typeof value === "number" ? value : undefined;
  };
  const [cpu, memory, free] = [number("cpu_percent"), number("memory_percent"), number("free_mb")];
  return [
    cpu !== undefined && `CPU ${Math.round(cpu)} %`,
    memory !== undefined && `memory ${Math.round(memory)} %`,
    free !== undefined && `${(free / 1000).toFixed(1)} GB free`,
  ].filter((words) => words !== false);
}

/** Labels as they are typed: with commas or spaces between them. */
export const labelsOf = (text: string) => [...new Set(text.split(/[\s,]+/).filter(Boolean))];
