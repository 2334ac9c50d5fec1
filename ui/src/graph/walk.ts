/** Where an arrow key leads from a task: along the lines to the left and right, within the column up and down. Pure. */

import type { Box, Plan, Waits } from "./plan";

export function neighbour(plan: Plan, graph: Waits, task: string, key: string): string | undefined {
  const here = plan.boxes.find(({ id }) => id === task);
  if (!here) return undefined;
  if (key === "ArrowLeft") return nearest(here, plan.boxes.filter(({ id }) => graph[task]?.includes(id)));
  if (key === "ArrowRight") return nearest(here, plan.boxes.filter(({ id }) => graph[id]?.includes(task)));
  const beside = plan.boxes.filter(({ x }) => Math.abs(x - here.x) < plan.box.width / 2);
  if (key === "ArrowUp") return nearest(here, beside.filter(({ y }) => y < here.y));
  if (key === "ArrowDown") return nearest(here, beside.filter(({ y }) => y > here.y));
  return undefined;
}

function nearest(here: Box, among: Box[]): string | undefined {
  const distance = ({ x, y }: Box) => Math.hypot(x - here.x, y - here.y);
  return [...among].sort((one, other) => distance(one) - distance(other))[0]?.id;
}
