/** A task between its plain values and what stands in its form. Pure. */

import { changesOf as changes, differs, valuesOf as typed, type Plain, type Typed } from "../../api/declared";
import { TASK } from "../../api/fields";

export type { OutputFile, Plain } from "../../api/declared";

/** Everything as it is typed, by the names of the declared fields. */
export interface TaskValues extends Record<string, Typed> {
  id: string;
  command: string;
  args: string | null;
  /** One argument a line, each as it is. */
  argsEach: boolean;
  /** null: in the order of the list. */
  depends_on: string[] | null;
}

/** The next free task_N. */
export function nextTaskId(taken: string[]): string {
  let number = 1;
  while (taken.includes(`task_${number}`)) number += 1;
  return `task_${number}`;
}

/** The fields of a task that is not there yet, with the menu's defaults. */
export function newTask(taken: string[], isGraph: boolean): TaskValues {
  return { ...valuesOf({ command: "echo", args: "Hello World" }), id: nextTaskId(taken), depends_on: isGraph ? [] : null };
}

export function valuesOf(task: Plain): TaskValues {
  return { ...typed(TASK, task), argsEach: Array.isArray(task["args"]) } as TaskValues;
}

/** What PATCH, or POST for a new task, has to say: each field that differs from what was looked at. */
export function changesOf(before: TaskValues, after: TaskValues): Plain {
  const shown = TASK.filter(({ name, kind }) => kind !== "arguments" && !(kind === "variables" && after[name] === null));
  const found = changes(shown, before, after);
  if (differs([before.args, before.argsEach], [after.args, after.argsEach])) found["args"] = argsOf(after);
  return found;
}

/** All that a new task says, with what is at its default left out. */
export function taskOf(values: TaskValues): Plain {
  const found = changesOf({ ...valuesOf({}), id: "", command: "" }, values);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
}

function argsOf(values: TaskValues): string | string[] | null {
  if (values.args === null || values.args === "") return null;
  return values.argsEach ? values.args.split("\n") : values.args;
}

