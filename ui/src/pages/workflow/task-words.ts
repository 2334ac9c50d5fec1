/** A task in a few words: its command, and what is not at its default. Pure. */

import { span } from "../../time/format";
import { codesText, type Plain } from "./task-values";

/** As a person would type it. */
export function commandLine(task: Plain): string {
  const args = task["args"] ?? "";
  const words = Array.isArray(args) ? args.map(quoted).join(" ") : String(args);
  return `${String(task["command"])} ${words}`.trim();
}

function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

export function policiesOf(task: Plain): string[] {
  const words: string[] = [];
  const retry = (task["retry"] ?? {}) as Record<string, number>;
  const files = ((task["output_files"] ?? []) as unknown[]).length;
  const variables = Object.keys((task["env"] ?? {}) as object).length;
  if (retry["limit"]) words.push(`${retry["limit"]} ${retry["limit"] === 1 ? "retry" : "retries"}${retry["delay"] ? ` after ${span(retry["delay"])}` : ""}`);
  if (task["timeout"]) words.push(`at most ${span(Number(task["timeout"]))}`);
  if (files) words.push(`${files} output ${files === 1 ? "file" : "files"}`);
  if (task["expected_exit_codes"]) words.push(`exit codes ${codesText(task["expected_exit_codes"] as number[], ", ")}`);
  if (task["continue_on_failure"]) words.push("goes on after a failure");
  if (task["guarantee"] === "at_most_once") words.push("at most once");
  if (task["shell"]) words.push("shell");
  if (variables) words.push(`${variables} ${variables === 1 ? "variable" : "variables"}`);
  return words;
}
