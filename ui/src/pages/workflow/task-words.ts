/** A task in a few words: its command, and what is not at its default. Pure. */

import { tagsOf, type Plain } from "../../api/declared";
import { TASK } from "../../api/fields";

/** As a person would type it. */
export function commandLine(task: Plain): string {
  const args = task["args"] ?? "";
  const words = Array.isArray(args) ? args.map(quoted).join(" ") : String(args);
  return `${String(task["command"])} ${words}`.trim();
}

function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

export const policiesOf = (task: Plain): string[] => tagsOf(TASK, task);
