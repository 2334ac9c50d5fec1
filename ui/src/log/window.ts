/**
 * A window on a file of any size: the lines of some of its bytes, never more than a bound of them. Pure.
 *
 * Bytes come in at either end and whole lines are kept, in pieces; what is too much is dropped at the other end. A character
 * that is cut at an edge belongs to an unfinished line, which waits for its rest, or is left to the part before.
 */

/** Of which stream a line is, when it was complete, and whether lines of its stream are missing before it. */
export interface Mark {
  stream: string;
  at: string | null;
  gap: boolean;
}

export interface Piece {
  /** Where in the file its lines begin and end. */
  start: number;
  end: number;
  lines: string[];
  /** Where each line begins. */
  offsets: number[];
  /** Of each line, where the server said it. */
  marks?: Mark[];
  /** Whether its last line has no end yet. */
  open: boolean;
}

export interface View {
  pieces: Piece[];
  /** What is shown of the file, and how long the file was when last asked. */
  start: number;
  end: number;
  size: number;
}

export const EMPTY: View = { pieces: [], start: 0, end: 0, size: 0 };

/** So many bytes at most are kept. */
export const MOST = 2 * 1024 * 1024;
/** A piece is drawn as one; new lines go into the last one until it is this large. */
export const PIECE = 32 * 1024;
/** Of a longer line the beginning is shown. */
export const LONGEST_LINE = 20_000;

const NEWLINE = 10;
const RETURN = 13;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes of the file from `start` on, when the file was `size` long. */
export interface Part {
  data: Uint8Array;
  start: number;
  size: number;
}

/** The window on this part alone. */
export function only({ data, start, size }: Part): View {
  const skipped = start === 0 ? 0 : lineStart(data);
  return filled({ pieces: [], start: start + skipped, end: start + skipped, size }, data.subarray(skipped));
}

/** With what follows the window; `part` begins at `end`. */
export function append(view: View, part: Part): View {
  if (part.start !== view.end || (part.data.length === 0 && part.size === view.size)) return view;
  return shorten(filled({ ...view, size: part.size }, part.data), "head");
}

/** With what comes before the window; `part` ends at `start`. */
export function prepend(view: View, part: Part): View {
  if (part.start + part.data.length !== view.start) return view;
  const skipped = part.start === 0 ? 0 : lineStart(part.data);
  const start = part.start + skipped;
  const before = split(part.data.subarray(skipped), start);
  return shorten({ ...view, pieces: [...before, ...view.pieces], start }, "tail");
}

/** The piece and the line in it that has the byte at `offset`. */
export function lineAt(view: View, offset: number): { piece: Piece; line: number } | null {
  const piece = view.pieces.find(({ start, end }) => start <= offset && offset < end);
  if (!piece) return null;
  return { piece, line: piece.offsets.findLastIndex((start) => start <= offset) };
}

/** Where the first whole line begins; with no end of a line in sight, the first whole character. */
function lineStart(data: Uint8Array): number {
  const found = data.indexOf(NEWLINE);
  if (found >= 0 && found + 1 < data.length) return found + 1;
  let at = 0;
  while (at < 4 && at < data.length && ((data[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

/** How many bytes at the end are a character whose rest is missing. */
function unfinished(data: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, data.length); back++) {
    const byte = data[data.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** The lines go into the last piece as long as it is small, the rest into new ones. */
function filled(view: View, data: Uint8Array): View {
  const pieces = [...view.pieces];
  const whole = data.subarray(0, data.length - unfinished(data));
  for (const piece of split(whole, view.end)) {
    const last = pieces.at(-1);
    if (last && (last.open || last.end - last.start < PIECE)) pieces[pieces.length - 1] = joined(last, piece);
    else pieces.push(piece);
  }
  return { ...view, pieces, end: view.end + whole.length };
}

function joined(one: Piece, other: Piece): Piece {
  const [first = "", ...rest] = other.lines;
  if (!one.open) return { ...other, start: one.start, lines: [...one.lines, ...other.lines], offsets: [...one.offsets, ...other.offsets] };
  const over = rest.length > 0 || !other.open;
  const line = shown((one.lines.at(-1) ?? "") + first, over);
  return {
    ...other,
    start: one.start,
    lines: [...one.lines.slice(0, -1), line, ...rest],
    offsets: [...one.offsets, ...other.offsets.slice(1)],
  };
}

/** Bytes as pieces of lines. The last line may have no end yet. */
function split(data: Uint8Array, start: number): Piece[] {
  const pieces: Piece[] = [];
  let piece: Piece | undefined;
  for (let at = 0; at < data.length; ) {
    const newline = data.indexOf(NEWLINE, at);
    const [last, next] = newline < 0 ? [data.length, data.length] : [newline, newline + 1];
    if (!piece || start + next - piece.start > PIECE) {
      piece = { start: start + at, end: start + at, lines: [], offsets: [], open: false };
      pieces.push(piece);
    }
    piece.lines.push(textOf(data.subarray(at, last), newline >= 0));
    piece.offsets.push(start + at);
    piece.end = start + next;
    piece.open = newline < 0;
    at = next;
  }
  return pieces;
}

function textOf(bytes: Uint8Array, over: boolean): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === RETURN) end--;
  const from = end > 0 ? bytes.lastIndexOf(RETURN, end - 1) + 1 : 0;
  // Four bytes a character at most: what is cut off anyway need not be decoded.
  return shown(decoder.decode(bytes.subarray(from, Math.min(bytes.length, from + 4 * (LONGEST_LINE + 1)))), over);
}

/** The line as a terminal shows it: what a return to its beginning wrote over is gone; and cut where it is too long. */
function shown(line: string, over: boolean): string {
  const ended = line.replace(/\r+$/, "");
  const kept = ended.slice(ended.lastIndexOf("\r") + 1);
  if (kept.length > LONGEST_LINE) return `${kept.slice(0, LONGEST_LINE)}…`;
  return over || ended === line ? kept : `${kept}\r`;
}

function shorten(view: View, end: "head" | "tail"): View {
  const pieces = [...view.pieces];
  let kept = view.end - view.start;
  while (kept > MOST && pieces.length > 1) {
    const dropped = (end === "head" ? pieces.shift() : pieces.pop()) as Piece;
    kept -= dropped.end - dropped.start;
  }
  return { ...view, pieces, start: pieces[0]?.start ?? view.start, end: pieces.at(-1)?.end ?? view.end };
}
