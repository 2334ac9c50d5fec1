/** A task between its plain values, as in definitions, and what stands in the form's fields. Pure. */

export type Plain = Record<string, unknown>;

export interface OutputFile {
  path: string;
  minimum_size: string;
}

/** Everything as it is typed. `null` is what fields of one line cannot show; the form leaves it alone. */
export interface TaskValues {
  id: string;
  command: string;
  args: string | null;
  argsEach: boolean;
  expected_exit_codes: string;
  output_files: OutputFile[];
  retry_count: string;
  retry_delay: string;
  retry_backoff: string;
  retry_max_delay: string;
  continue_on_failure: boolean;
  timeout: string;
  stop_grace: string;
  output_timeout: string;
  working_dir: string;
  env: string | null;
  env_file: string;
  shell: boolean;
  guarantee: string;
  /** null: in the order of the list. */
  depends_on: string[] | null;
}

const NEW: TaskValues = {
  id: "",
  command: "echo",
  args: "Hello World",
  argsEach: false,
  expected_exit_codes: "0",
  output_files: [],
  retry_count: "0",
  retry_delay: "0",
  retry_backoff: "1",
  retry_max_delay: "",
  continue_on_failure: false,
  timeout: "",
  stop_grace: "10",
  output_timeout: "60",
  working_dir: "",
  env: "",
  env_file: "",
  shell: false,
  guarantee: "at_least_once",
  depends_on: null,
};

/** What the server takes for a field that is empty: null clears it, or gives it its default. */
const DURATIONS = ["retry_delay", "retry_max_delay", "timeout", "stop_grace", "output_timeout"] as const;
const TEXTS = ["working_dir", "env_file", "expected_exit_codes", "retry_count", "retry_backoff"] as const;

/** The next free task_N. */
export function nextTaskId(taken: string[]): string {
  let number = 1;
  while (taken.includes(`task_${number}`)) number += 1;
  return `task_${number}`;
}

/** The fields of a task that is not there yet, with the menu's defaults. */
export function newTask(taken: string[], isGraph: boolean): TaskValues {
  return { ...NEW, id: nextTaskId(taken), depends_on: isGraph ? [] : null };
}

export function valuesOf(task: Plain): TaskValues {
  const retry = (task["retry"] ?? {}) as Plain;
  const args = task["args"] ?? "";
  const text = (name: string, fallback: string) => String(task[name] ?? fallback);
  return {
    id: text("id", ""),
    command: text("command", ""),
    args: Array.isArray(args) ? linesOf(args as string[]) : String(args),
    argsEach: Array.isArray(args),
    expected_exit_codes: codesText((task["expected_exit_codes"] ?? [0]) as number[]),
    output_files: ((task["output_files"] ?? []) as unknown[]).map(fileOf),
    retry_count: String(retry["limit"] ?? 0),
    retry_delay: String(retry["delay"] ?? 0),
    retry_backoff: String(retry["backoff"] ?? 1),
    retry_max_delay: String(retry["max_delay"] ?? ""),
    continue_on_failure: task["continue_on_failure"] === true,
    timeout: text("timeout", ""),
    stop_grace: text("stop_grace", NEW.stop_grace),
    output_timeout: text("output_timeout", NEW.output_timeout),
    working_dir: text("working_dir", ""),
    env: linesOf(Object.entries((task["env"] ?? {}) as Record<string, string>).map(([name, value]) => `${name}=${value}`)),
    env_file: text("env_file", ""),
    shell: task["shell"] === true,
    guarantee: text("guarantee", NEW.guarantee),
    depends_on: (task["depends_on"] as string[] | undefined) ?? null,
  };
}

/** As they can be typed: three or more in a row as a range. */
export function codesText(codes: number[], separator = " "): string {
  const runs: number[][] = [];
  for (const code of codes) {
    const run = runs.at(-1);
    if (run && run[0]! >= 0 && code === run.at(-1)! + 1) run.push(code);
    else runs.push([code]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(separator))).join(separator);
}

function linesOf(items: string[]): string | null {
  return items.some((one) => /[\r\n]/.test(one)) ? null : items.join("\n");
}

function fileOf(file: unknown): OutputFile {
  if (typeof file === "string") return { path: file, minimum_size: "" };
  const { path, minimum_size: size } = file as Plain;
  return { path: String(path), minimum_size: String(size ?? "") };
}

/** What PATCH, or POST for a new task, has to say: each field that differs from what was looked at. */
export function changesOf(before: TaskValues, after: TaskValues): Plain {
  const changes: Plain = {};
  const differs = (name: keyof TaskValues) => JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  for (const name of ["id", "command", "continue_on_failure", "shell", "guarantee"] as const) {
    if (differs(name)) changes[name] = after[name];
  }
  for (const name of TEXTS) if (differs(name)) changes[name] = after[name].trim() || null;
  for (const name of DURATIONS) if (differs(name)) changes[name] = numberOf(after[name]);
  if (differs("args") || differs("argsEach")) changes["args"] = argsOf(after);
  if (differs("env") && after.env !== null) changes["env"] = environmentOf(after.env);
  if (differs("output_files")) changes["output_files"] = filesOf(after.output_files);
  if (differs("depends_on")) changes["depends_on"] = after.depends_on;
  return changes;
}

/** All that a new task says, with what is at its default left out. */
export function taskOf(values: TaskValues): Plain {
  const changes = changesOf({ ...NEW, command: "", args: "" }, values);
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
}

/** A number as a number, anything else as the text that it is, for the server to read. */
function numberOf(text: string): number | string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

function argsOf(values: TaskValues): string | string[] | null {
  if (values.args === null || values.args === "") return null;
  return values.argsEach ? values.args.split("\n") : values.args;
}

/** `NAME=value` lines; what is no such line throws a sentence. */
export function environmentOf(text: string): Record<string, string> | null {
  const found: [string, string][] = text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const at = line.indexOf("=");
      if (at < 1) throw new Error(`The variable “${line.trim()}” cannot be read; write NAME=value.`);
      return [line.slice(0, at).trim(), line.slice(at + 1)];
    });
  return found.length ? Object.fromEntries(found) : null;
}

/** A file of which no more is asked than that it was written is its path alone. */
function filesOf(files: OutputFile[]): unknown[] | null {
  const asked = files
    .map(({ path, minimum_size: size }) => ({ path: path.trim(), minimum_size: numberOf(size) }))
    .filter(({ path }) => path)
    .map((file) => (file.minimum_size === null ? file.path : file));
  return asked.length ? asked : null;
}

/** What somebody typed, on top of what somebody else saved meanwhile. */
export function onTop(before: TaskValues, typed: TaskValues, newest: TaskValues): TaskValues {
  const kept = Object.entries(typed).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof TaskValues]),
  );
  return { ...newest, ...Object.fromEntries(kept) };
}
