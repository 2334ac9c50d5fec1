/** A declared field between its plain value, as in definitions, and what stands in a form. Pure. */

import { span } from "../time/format";

export type Plain = Record<string, unknown>;

export interface DeclaredField {
  /** In a form and in a request. */
  name: string;
  kind: string;
  label: string;
  help?: string;
  group?: string;
  default: unknown;
  /** What is so where it has no value. */
  unset?: string;
  shown?: string;
  examples?: string[];
  /** The plain value that has it, and its name there. */
  part?: string;
  partName?: string;
  words?: [value: string, words: string][];
}

export interface OutputFile {
  path: string;
  minimum_size: string;
  unusual: string;
  /** What has no input here, and stays as it is. */
  rest: Plain;
}

/** As it is typed. `null`: for names, that there are none given; for lines, that they cannot show it and leave it alone. */
export type Typed = string | boolean | string[] | OutputFile[] | null;
export type TypedValues = Record<string, Typed>;

export function plainOf(field: DeclaredField, thing: Plain): unknown {
  const holder = field.part ? ((thing[field.part] ?? {}) as Plain) : thing;
  return holder[field.partName ?? field.name] ?? field.default;
}

export function typedOf(field: DeclaredField, plain: unknown): Typed {
  switch (field.kind) {
    case "flag":
      return field.default === null ? (plain === null ? "" : String(plain)) : plain === true;
    case "arguments":
      return Array.isArray(plain) ? linesOf(plain as string[]) : String(plain ?? "");
    case "codes":
      return codesText((plain ?? []) as number[]);
    case "files":
      return ((plain ?? []) as unknown[]).map(fileOf);
    case "sources":
      if (Object.values((plain ?? {}) as object).some((source) => typeof source !== "string")) return null;
    // falls through
    case "variables":
      return linesOf(Object.entries((plain ?? {}) as Record<string, string>).map(([name, value]) => `${name}=${value}`));
    case "parameters":
      return null;
    case "finish_by":
      return plain === null ? "" : finishByText(plain);
    case "uses":
    case "names":
      return field.default === null ? ((plain as string[] | null) ?? null) : ((plain ?? []) as string[]).join(" ");
    default:
      return String(plain ?? "");
  }
}

/** What a request says: null gives the field its default. */
export function requestOf(field: DeclaredField, typed: Typed): unknown {
  switch (field.kind) {
    case "flag":
      return typeof typed === "boolean" ? typed : typed === "" ? null : typed === "true";
    case "files":
      return filesOf(typed as OutputFile[]);
    case "sources":
    case "variables":
      return environmentOf(String(typed));
    case "uses":
    case "names":
      return typeof typed === "string" ? typed.split(/[\s,]+/).filter(Boolean) : typed;
    case "choice":
      return typed;
    case "identifier":
      // Where none is a value of its own.
      return field.unset ? String(typed).trim() || null : typed;
    case "count":
    case "factor":
    case "duration":
    case "length":
      return numberOf(String(typed));
    case "text":
      return String(typed) || null;
    default:
      return String(typed).trim() || null;
  }
}

export function valuesOf(fields: readonly DeclaredField[], thing: Plain): TypedValues {
  return Object.fromEntries(fields.map((field) => [field.name, typedOf(field, plainOf(field, thing))]));
}

/** Each field that differs from what was looked at. */
export function changesOf(fields: readonly DeclaredField[], before: TypedValues, after: TypedValues): Plain {
  const changed = fields.filter(({ name }) => after[name] !== null || before[name] !== null).filter(({ name }) => differs(before[name], after[name]));
  return Object.fromEntries(changed.map((field) => [field.name, requestOf(field, after[field.name] ?? null)]));
}

export const differs = (before: unknown, after: unknown): boolean => JSON.stringify(before) !== JSON.stringify(after);

/** What somebody typed, on top of what somebody else saved meanwhile. */
export function onTop<V extends object>(before: V, typed: V, newest: V): V {
  const kept = Object.entries(typed).filter(([name, value]) => differs(value, before[name as keyof V]));
  return { ...newest, ...Object.fromEntries(kept) };
}

/** What is not at its default, in a few words each. */
export function tagsOf(fields: readonly DeclaredField[], thing: Plain): string[] {
  return fields.flatMap((field) => {
    const plain = plainOf(field, thing);
    if (!field.shown || plain === null || plain === undefined || !differs(plain, field.default)) return [];
    const words = wordsOf(field, plain);
    if (words === "0") return [];
    const [one = "", many = one] = field.shown.split("|");
    return [(words === "1" ? one : many).replace("{}", words)];
  });
}

function wordsOf(field: DeclaredField, plain: unknown): string {
  if (field.kind === "duration" || (field.kind === "length" && typeof plain === "number")) return span(plain as number);
  if (field.kind === "finish_by") return finishByText(plain);
  if (field.kind === "codes") return codesText(plain as number[], ", ");
  if (["files", "names", "uses"].includes(field.kind)) return String((plain as unknown[]).length);
  if (["variables", "sources", "values"].includes(field.kind)) return String(Object.keys(plain as object).length);
  return (field.words?.find(([value]) => value === plain)?.[1] ?? String(plain)).toLowerCase();
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

/** `06:00`, or `06:00 +1 CALENDAR`. */
function finishByText(plain: unknown): string {
  if (typeof plain === "string") return plain;
  const { at, business_day: day, calendar } = plain as Plain;
  return `${at} +${day} ${calendar}`;
}

function linesOf(items: string[]): string | null {
  return items.some((item) => /[\r\n]/.test(item)) ? null : items.join("\n");
}

const USUAL = "warn";
export const NO_FILE: OutputFile = { path: "", minimum_size: "", unusual: USUAL, rest: {} };

function fileOf(file: unknown): OutputFile {
  if (typeof file === "string") return { ...NO_FILE, path: file };
  const { path, minimum_size: size, unusual, ...rest } = file as Plain;
  return { path: String(path), minimum_size: String(size ?? ""), unusual: String(unusual ?? USUAL), rest };
}

/** A number as a number, anything else as the text that it is, for the server to read. */
function numberOf(text: string): number | string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
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
    .map(({ path, minimum_size, unusual, rest }) => {
      const size = numberOf(minimum_size);
      return { path: path.trim(), ...(size !== null && { minimum_size: size }), ...(unusual !== USUAL && { unusual }), ...rest };
    })
    .filter(({ path }) => path)
    .map((file) => (Object.keys(file).length === 1 ? file.path : file));
  return asked.length ? asked : null;
}
