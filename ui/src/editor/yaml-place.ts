/** Where in a definition the cursor stands: the names above it, and whether a name or a value is written. Pure. */

import { inFlow } from "./yaml-flow";

export interface YamlPlace {
  /** The names from the top; `-` for an item of a list. */
  path: string[];
  /** The name whose value is written; null where a name is. */
  key: string | null;
  /** Where what is being written begins. */
  from: number;
  /** The names that are there already. */
  siblings: string[];
}

interface Line {
  dashes: number[];
  /** Where what follows spaces and dashes begins. */
  column: number;
  key: string | null;
  /** Whether the name has a value on its line. */
  filled: boolean;
}

const WORD = /[\w@.*-]*$/;

function read(text: string): Line | null {
  const lead = /^ *(?:- +)*/.exec(text)?.[0] ?? "";
  const rest = text.slice(lead.length);
  if (rest === "" ? !lead.includes("-") && lead.trim() === "" : rest.startsWith("#")) return null;
  const dashes = [...lead].flatMap((letter, at) => (letter === "-" ? [at] : []));
  const bare = rest === "-";
  if (bare) dashes.push(lead.length);
  const key = /^(["']?)([\w.-]+)\1 *:(?= |$)/.exec(rest);
  const value = key ? rest.slice(key[0].length).replace(/(^|\s)#.*$/, "").trim() : "";
  return { dashes, column: lead.length + (bare ? 2 : 0), key: key?.[2] ?? null, filled: value !== "" };
}

/** The place at an offset; null in a comment, a quoted text, or where nothing can be said. */
export function placeAt(text: string, offset: number): YamlPlace | null {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const line = text.slice(start, offset);
  if (/(^|\s)#/.test(line)) return null;
  const above = text.slice(0, Math.max(0, start - 1)).split("\n");
  if (start === 0) above.length = 0;
  const below = text.slice(offset).split("\n").slice(1);
  const lead = /^ *(?:- +)*/.exec(line)?.[0] ?? "";
  const rest = line.slice(lead.length);
  const column = lead.length;
  const dashes = [...lead].flatMap((letter, at) => (letter === "-" ? [at] : []));
  const { path, siblings } = around(above, below, column, dashes);

  const flow = inFlow(rest);
  if (flow) {
    if (flow.quoted) return null;
    return { path: [...path, ...flow.path], key: flow.key, from: offset - word(rest).length, siblings: flow.siblings };
  }
  const named = /^([\w.-]+) *:( +)(.*)$/.exec(rest);
  if (named) {
    if (/["']/.test(named[3] ?? "")) return null;
    return { path, key: named[1] ?? "", from: offset - (named[3] ?? "").length, siblings };
  }
  if (!/^[\w.-]*$/.test(rest)) return null;
  return { path, key: null, from: offset - rest.length, siblings };
}

const word = (text: string) => WORD.exec(text)?.[0] ?? "";

/** The names above a column, from the top, and those beside it. */
function around(above: string[], below: string[], column: number, dashes: number[]): { path: string[]; siblings: string[] } {
  const path: string[] = dashes.map(() => "-");
  const siblings: string[] = [];
  // Names belong to it that begin left of `edge`; while `beside`, those at `column` stand beside it.
  let edge = dashes[0] ?? column;
  let inList = dashes.length > 0;
  let beside = !inList;
  for (const text of [...above].reverse()) {
    if (/^(---|\.\.\.)/.test(text)) break;
    const line = read(text);
    if (!line) continue;
    const first = line.dashes[0] ?? line.column;
    if (beside && line.column === column) {
      if (line.key) siblings.push(line.key);
      if (line.dashes.length > 0) {
        path.unshift(...line.dashes.map(() => "-"));
        [edge, inList, beside] = [first, true, false];
      }
    } else if (line.key !== null && !line.filled && (inList ? line.column <= edge : line.column < edge)) {
      path.unshift(line.key);
      beside = false;
      if (line.dashes.length > 0) path.unshift(...line.dashes.map(() => "-"));
      [edge, inList] = [first, line.dashes.length > 0];
    } else if (!inList && first < edge && line.dashes.length > 0 && line.column <= edge) {
      path.unshift(...line.dashes.map(() => "-"));
      [edge, inList, beside] = [first, true, false];
    }
    // At the top; what is left above stands beside the cursor only if it is there as well.
    if (edge === 0 && !inList && column !== 0) break;
  }
  for (const text of below) {
    const line = read(text);
    if (!line) continue;
    if (/^(---|\.\.\.)/.test(text) || line.dashes.length > 0 || line.column < column) break;
    if (line.column === column && line.key) siblings.push(line.key);
  }
  return { path, siblings };
}
