/** The layout of graphs that dagre is quick with; only the worker loads it. Pure. */

import { Graph, layout } from "@dagrejs/dagre";

import { isLarge, planColumns } from "./columns";
import { across, BETWEEN_COLUMNS, BETWEEN_ROWS, MARGIN, type Box, type Line, type Plan, type Waits } from "./plan";

export function planGraph(graph: Waits, box: Plan["box"]): Plan {
  return isLarge(graph) ? planColumns(graph, box) : planLayered(graph, box);
}

function planLayered(graph: Waits, box: Plan["box"]): Plan {
  const tasks = Object.keys(graph);
  // dagre keeps names in plain objects; numbers are none of an object's own names.
  const names = new Map(tasks.map((task, at) => [task, String(at)]));
  const drawing = new Graph();
  drawing.setGraph({ rankdir: "LR", ranksep: BETWEEN_COLUMNS, nodesep: BETWEEN_ROWS, marginx: MARGIN, marginy: MARGIN });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const name of names.values()) drawing.setNode(name, { ...box });
  for (const [task, before] of Object.entries(graph)) {
    for (const one of before) drawing.setEdge(names.get(one) ?? "", names.get(task) ?? "");
  }
  layout(drawing);
  const size = drawing.graph() as { width?: number; height?: number };
  const boxes = tasks.map((id) => {
    const { x = 0, y = 0 } = drawing.node(names.get(id) ?? "") as { x?: number; y?: number };
    return { id, x: x - box.width / 2, y: y - box.height / 2 };
  });
  return {
    boxes,
    lines: drawing.edges().map(({ v, w }): Line => {
      const { points = [] } = drawing.edge(v, w) as { points?: { x: number; y: number }[] };
      const [one, other] = [boxes[Number(v)] as Box, boxes[Number(w)] as Box];
      // dagre aims at the middle of a box, which would end a steep line on its upper or lower side.
      const [start, end] = across(one, other, box) as [Line["points"][0], Line["points"][0]];
      const bends = points.slice(1, -1).map(({ x, y }): Line["points"][0] => [x, y]);
      return { from: one.id, to: other.id, points: [start, ...bends, end] };
    }),
    box,
    width: size.width ?? 0,
    height: size.height ?? 0,
  };
}
