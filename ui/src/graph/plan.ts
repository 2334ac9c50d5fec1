/** Where the tasks of a graph are drawn, and the lines between them: what all layouts share, and the layout of a chain. Pure. */

/** For each task, those that must be over first. */
export type Waits = Record<string, string[]>;

export interface Box {
  id: string;
  x: number;
  y: number;
}

export interface Line {
  from: string;
  to: string;
  points: [x: number, y: number][];
}

export interface Plan {
  boxes: Box[];
  lines: Line[];
  /** The size of every box. */
  box: { width: number; height: number };
  width: number;
  height: number;
}

export const MARGIN = 14;
export const BETWEEN_COLUMNS = 56;
export const BETWEEN_ROWS = 14;

const WIDEST = 240;
const NARROWEST = 132;
/** Of one character of a name, and of what stands beside the name. */
const CHARACTER = 7.4;
const BESIDE = 46;

/** One size for all boxes, by the longest name; longer names are cut. */
export function boxSize(names: string[], withStates: boolean): Plan["box"] {
  const longest = Math.max(0, ...names.map((name) => name.length));
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(longest * CHARACTER + BESIDE)));
  return { width, height: withStates ? 46 : 34 };
}

/** The tasks in their order if each waits for the one before it only; null if they are no chain. */
export function chainOf(graph: Waits): string[] | null {
  const next = new Map<string, string>();
  let first: string | undefined;
  for (const [task, before] of Object.entries(graph)) {
    const [one] = before;
    if (one === undefined) {
      if (first !== undefined) return null;
      first = task;
    } else if (before.length > 1 || next.has(one)) return null;
    else next.set(one, task);
  }
  const order: string[] = [];
  for (let at = first; at !== undefined; at = next.get(at)) order.push(at);
  return order.length === Object.keys(graph).length ? order : null;
}

/** A chain from left to right, in as many rows as the width asks for. */
export function planChain(order: string[], box: Plan["box"], room: number): Plan {
  const step = box.width + BETWEEN_COLUMNS;
  const columns = Math.max(1, Math.min(order.length, Math.floor((room - 2 * MARGIN + BETWEEN_COLUMNS) / step)));
  const drop = box.height + (columns === 1 ? 24 : 36);
  const boxes = order.map((id, at) => ({
    id,
    x: MARGIN + (at % columns) * step,
    y: MARGIN + Math.floor(at / columns) * drop,
  }));
  const lines: Line[] = [];
  for (let at = 1; at < boxes.length; at++) {
    const [one, other] = [boxes[at - 1] as Box, boxes[at] as Box];
    lines.push({ from: one.id, to: other.id, points: one.y === other.y ? across(one, other, box) : down(one, other, box) });
  }
  return {
    boxes,
    lines,
    box,
    width: 2 * MARGIN + columns * step - BETWEEN_COLUMNS,
    height: 2 * MARGIN + (Math.ceil(order.length / columns) - 1) * drop + box.height,
  };
}

/** From the right side of one box to the left side of another. */
export function across(one: Box, other: Box, box: Plan["box"]): Line["points"] {
  return [
    [one.x + box.width, one.y + box.height / 2],
    [other.x, other.y + box.height / 2],
  ];
}

/** From the foot of one box to the head of another, with corners where they do not stand below each other. */
function down(one: Box, other: Box, box: Plan["box"]): Line["points"] {
  const [start, end] = [one.x + box.width / 2, other.x + box.width / 2];
  const middle = (one.y + box.height + other.y) / 2;
  const head: [number, number] = [end, other.y];
  if (start === end) return [[start, one.y + box.height], head];
  return [[start, one.y + box.height], [start, middle], [end, middle], head];
}
