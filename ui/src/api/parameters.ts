/** The parameters of a workflow between their values and what stands in a form. Pure. */

import type { Place } from "./client";
import { differs } from "./declared";

export interface Parameter {
  type: "string" | "integer" | "number" | "boolean" | "date" | "datetime" | "duration" | "path" | "choice" | "list";
  description?: string;
  options?: string[];
  default?: unknown;
  min?: unknown;
  max?: unknown;
  required: boolean;
  /** What a run now would have by default; null if it is required. */
  value: unknown;
}

export type Parameters = Record<string, Parameter>;
/** As it is typed; a flag is "true" or "false", a list has a line for each item. */
export type TypedParameters = Record<string, string>;

export const parametersOf = (answer: { [name: string]: { [name: string]: unknown } }): Parameters => answer as unknown as Parameters;

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join("\n") : String(value);
}

/** For a run: each with the value that it would have. `given`: those of the run that is run again. */
export function typedForRun(parameters: Parameters, given: Record<string, unknown> = {}): TypedParameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const text = textOf(name in given ? given[name] : parameter.value);
      return [name, parameter.type === "boolean" && !text ? "false" : text];
    }),
  );
}

/** For a schedule: empty where the default is to be computed for each run. */
export function typedForSchedule(parameters: Parameters, given: Record<string, unknown> = {}): TypedParameters {
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, textOf(given[name])]));
}

/** What a request says: each that is another than what stood there, or that has no default. */
export function changedParameters(parameters: Parameters, before: TypedParameters, after: TypedParameters): Record<string, unknown> {
  const changed = Object.entries(parameters).filter(([name, parameter]) => {
    if (parameter.required && parameter.type !== "boolean" && !after[name]) return false;
    return differs(before[name], after[name]) || (parameter.required && before[name] === typedForRun(parameters)[name]);
  });
  return Object.fromEntries(changed.map(([name, parameter]) => [name, requestOf(parameter, after[name] ?? "")]));
}

/** What a schedule gives: each that is not empty. */
export function scheduleParameters(parameters: Parameters, typed: TypedParameters): Record<string, unknown> {
  const given = Object.entries(parameters).filter(([name]) => typed[name]);
  return Object.fromEntries(given.map(([name, parameter]) => [name, requestOf(parameter, typed[name] ?? "")]));
}

function requestOf(parameter: Parameter, text: string): unknown {
  return parameter.type === "list" ? text.split("\n").filter(Boolean) : text;
}

/** The sentence at each parameter that a problem names. */
export function problemsAt(errors: Place[]): Record<string, string> {
  const found = errors.flatMap(({ where, message }) => (where?.startsWith("params.") ? [[where.slice("params.".length), message] as const] : []));
  return Object.fromEntries(found);
}

/** What may be written, in a few words. */
export function hintOf({ type, description, min, max, required }: Parameter): string {
  const kinds: Partial<Record<Parameter["type"], string>> = {
    integer: "A whole number.",
    number: "A number.",
    datetime: "YYYY-MM-DD HH:MM:SS.",
    duration: "Seconds, or a duration such as 5m.",
    path: "A file or folder.",
    list: "One item per line.",
  };
  const bounds = [min !== undefined && `at least ${min}`, max !== undefined && `at most ${max}`].filter(Boolean).join(", ");
  const words = [description && `${description.replace(/\.$/, "")}.`, kinds[type], bounds && `${bounds[0]!.toUpperCase()}${bounds.slice(1)}.`, required && "Required."];
  return words.filter(Boolean).join(" ");
}
