/** What stands before a line: when it was complete, and of which of two streams it is. Pure. */

import { clock } from "../time/format";
import { plain } from "./ansi";
import type { Mark, Piece } from "./window";

const NO_TIME = " ".repeat("00:00:00.000".length);

export function leadOf({ stream, at }: Mark, both: boolean, timed: boolean, zone: string | undefined): string {
  const time = timed ? `${at ? timeOf(at, zone) : NO_TIME} ` : "";
  return both ? `${time}${stream === "stderr" ? "err" : "   "} ` : time;
}

/** To the millisecond: lines come close behind each other. */
function timeOf(at: string, zone: string | undefined): string {
  const moment = new Date(at);
  return `${clock(moment, zone, true)}.${String(moment.getUTCMilliseconds()).padStart(3, "0")}`;
}

/** The lines as they are to be read, without colours. */
export function textOf(piece: Piece, prefix: ((mark: Mark) => string) | undefined): string[] {
  return piece.lines.map((line, at) => linePrefix(piece.marks?.[at], prefix) + plain(line));
}

/** With the words that lines are missing, where some are. */
export function linePrefix(mark: Mark | undefined, prefix: ((mark: Mark) => string) | undefined): string {
  if (!mark) return "";
  return (mark.gap ? `[earlier lines of ${mark.stream} are not loaded]\n` : "") + (prefix?.(mark) ?? "");
}
