/** What the form says, as the API is asked it. Pure. */

import type { Shapes } from "../../api/client";

export type Question = Shapes["SimulationRequest"];

export interface Typed {
  from: string;
  length: string;
  assume: string;
  slots: string;
  durations: "median" | "p90";
  definitions: string;
}

export const FIRST: Typed = { from: "", length: "24h", assume: "", slots: "", durations: "median", definitions: "" };

/** A sentence if a line assumes nothing, or nothing of a task. */
export function problemOf({ assume }: Typed): string | undefined {
  const wrong = linesOf(assume).find((line) => !/^[^=]+=[^=]+$/.test(line));
  return wrong === undefined ? undefined : `“${wrong}” is not TASK=VALUE: write load=3h, or load=failed.`;
}

/** Empty fields are left out: each has a default of its own. */
export function questionOf({ from, length, assume, slots, durations, definitions }: Typed): Question {
  const pairs = linesOf(assume).map((line) => line.split("=").map((part) => part.trim()) as [string, string]);
  return {
    ...(from.trim() ? { from: from.trim() } : {}),
    for: length.trim() || FIRST.length,
    assume: Object.fromEntries(pairs),
    ...(Number(slots) > 0 ? { slots: Number(slots) } : {}),
    durations,
    ...(definitions.trim() ? { with: definitions } : {}),
  } as Question;
}

function linesOf(text: string): string[] {
  return text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean);
}
