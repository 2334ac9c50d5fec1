/** Lines with the colours that a terminal would give them; other escape sequences are dropped. Pure. */

import Anser from "anser";

export interface Span {
  text: string;
  /** Classes for the 16 colours and for bold and the like. */
  class?: string;
  /** Colours beyond the 16. */
  style?: { color?: string; backgroundColor?: string };
}

/** Everything that begins with ESC, but plain colours; and what else a terminal would obey. */
const ORDERS =
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b\[(?![0-9;]*m)[0-?]*[ -/]*[@-~]?|\u001b(?!\[)[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;
const COLOURS = /\u001b\[[0-9;]*m/g;

/** The text alone. */
export function plain(line: string): string {
  return line.replace(ORDERS, "").replace(COLOURS, "");
}

/** Each line in spans of one look. A colour holds until it is taken back, also on the lines that follow. */
export function colour(lines: string[]): Span[][] {
  const terminal = new Anser();
  let coloured = false;
  return lines.map((line) => {
    coloured ||= line.includes("\u001b[");
    const text = line.replace(ORDERS, "");
    if (!coloured) return text ? [{ text }] : [];
    return spansOf(terminal, text);
  });
}

/** An order that changes nothing: behind one, anser says the look that holds; a text without one it takes for plain. */
const STILL = "\u001b[10m";

function spansOf(terminal: Anser, text: string): Span[] {
  const entries = terminal.ansiToJson(STILL + text, { use_classes: true });
  return entries.filter(({ content }) => content).map(spanOf);
}

function spanOf(entry: Anser.AnserJsonEntry): Span {
  const span: Span = { text: entry.content };
  const classes = [...new Set(entry.decorations)].map((name) => `ansi-${name}`);
  const style: Span["style"] = {};
  for (const [name, exact, side] of [
    [entry.fg, entry.fg_truecolor, "fg"],
    [entry.bg, entry.bg_truecolor, "bg"],
  ] as const) {
    if (!name) continue;
    const beyond = name === "ansi-truecolor" ? `rgb(${exact})` : paletteColour(name);
    if (!beyond) classes.push(`${name}-${side}`);
    else style[side === "fg" ? "color" : "backgroundColor"] = beyond;
  }
  if (classes.length > 0) span.class = classes.join(" ");
  if (style.color || style.backgroundColor) span.style = style;
  return span;
}

const LEVELS = [0, 95, 135, 175, 215, 255];

/** Colour 16 to 255 of a terminal: a cube of six levels, then 24 greys. */
function paletteColour(name: string): string | undefined {
  const number = Number(/^ansi-palette-(\d+)$/.exec(name)?.[1] ?? -1);
  if (number < 16) return undefined;
  if (number >= 232) {
    const grey = 8 + (number - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const at = number - 16;
  return `rgb(${LEVELS[Math.floor(at / 36)]}, ${LEVELS[Math.floor(at / 6) % 6]}, ${LEVELS[at % 6]})`;
}
