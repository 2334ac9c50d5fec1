/**
 * The layout of large graphs: a column for each step of the longest way to a task. Pure.
 *
 * dagre takes seconds for a thousand lines and makes a graph of 300 tasks five screens high; this takes milliseconds, and
 * breaks what is too high into several columns.
 */

import { across, BETWEEN_COLUMNS, BETWEEN_ROWS, MARGIN, type Box, type Plan, type Waits } from "./plan";

const HIGHEST = 20;
const SWEEPS = 6;

/** dagre's cost grows with the square of these; at this size it takes about 100 ms. */
const MOST_TASKS = 80;
const MOST_LINES = 200;

/** Whether a graph is too large for dagre. */
export const isLarge = (graph: Waits) => Object.keys(graph).length > MOST_TASKS || linesOf(graph) > MOST_LINES;

export const linesOf = (graph: Waits) => Object.values(graph).reduce((sum, before) => sum + before.length, 0);

export function planColumns(graph: Waits, box: Plan["box"]): Plan {
  const ranks = ordered(ranksOf(graph), graph);
  const columns = ranks.flatMap((tasks) => {
    const parts = Math.ceil(tasks.length / HIGHEST);
    const size = Math.ceil(tasks.length / parts);
    return Array.from({ length: parts }, (_, at) => ({ tasks: tasks.slice(at * size, (at + 1) * size), first: at === 0 }));
  });
  const step = box.height + BETWEEN_ROWS;
  const highest = Math.max(0, ...columns.map(({ tasks }) => tasks.length));
  const boxes = new Map<string, Box>();
  let x = MARGIN;
  for (const { tasks, first } of columns) {
    if (boxes.size > 0) x += box.width + (first ? BETWEEN_COLUMNS * 1.5 : BETWEEN_ROWS);
    const top = MARGIN + ((highest - tasks.length) * step) / 2;
    tasks.forEach((id, at) => boxes.set(id, { id, x, y: top + at * step }));
  }
  const lines = Object.entries(graph).flatMap(([to, before]) =>
    before.map((from) => ({ from, to, points: across(boxes.get(from) as Box, boxes.get(to) as Box, box) })),
  );
  return {
    boxes: [...boxes.values()],
    lines,
    box,
    width: x + box.width + MARGIN,
    height: 2 * MARGIN + Math.max(1, highest) * step - BETWEEN_ROWS,
  };
}

/** The tasks by the length of the longest way to them. */
function ranksOf(graph: Waits): string[][] {
  const after = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [task, before] of Object.entries(graph)) {
    open.set(task, before.length);
    for (const one of before) after.set(one, [...(after.get(one) ?? []), task]);
  }
  const ranks: string[][] = [];
  let ready = Object.keys(graph).filter((task) => open.get(task) === 0);
  while (ready.length > 0) {
    ranks.push(ready);
    const next: string[] = [];
    for (const task of ready) {
      for (const one of after.get(task) ?? []) {
        const left = (open.get(one) ?? 0) - 1;
        open.set(one, left);
        if (left === 0) next.push(one);
      }
    }
    ready = next;
  }
  return ranks;
}

/** Each rank in the order that crosses few lines: by the middle of the neighbours, swept to and fro. */
function ordered(ranks: string[][], graph: Waits): string[][] {
  const after: Waits = Object.fromEntries(Object.keys(graph).map((task) => [task, []]));
  for (const [task, before] of Object.entries(graph)) for (const one of before) after[one]?.push(task);
  const found = ranks.map((rank) => [...rank]);
  const place = new Map<string, number>();
  const note = (rank: string[]) => rank.forEach((task, at) => place.set(task, (at + 0.5) / rank.length));
  found.forEach(note);
  const middle = (task: string, neighbours: Waits) => {
    const near = neighbours[task] ?? [];
    if (near.length === 0) return place.get(task) ?? 0;
    return near.reduce((sum, one) => sum + (place.get(one) ?? 0), 0) / near.length;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forth = sweep % 2 === 0;
    for (const rank of forth ? found : [...found].reverse()) {
      const keys = new Map(rank.map((task) => [task, middle(task, forth ? graph : after)]));
      rank.sort((one, other) => (keys.get(one) ?? 0) - (keys.get(other) ?? 0));
      note(rank);
    }
  }
  return found;
}
