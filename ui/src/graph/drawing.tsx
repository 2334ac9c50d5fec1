/** A laid-out graph as SVG. */

import { useCallback, useRef } from "preact/hooks";

import { Icon } from "../components/icons";
import { memo } from "../components/memo";
import { lookOf } from "../components/state";
import type { Box, Line, Plan } from "./plan";

interface DrawingProps {
  plan: Plan;
  scale: number;
  states?: Record<string, string>;
  machines?: Record<string, string>;
  selected?: string;
  onSelect?: (task: string) => void;
}

export function Drawing({ plan, scale, states, machines, selected, onSelect }: DrawingProps) {
  // A new function with each drawing of the graph is no reason to draw the tasks again.
  const latest = useRef(onSelect);
  latest.current = onSelect;
  const choose = useCallback((task: string) => latest.current?.(task), []);
  const first = plan.boxes.some(({ id }) => id === selected) ? selected : plan.boxes[0]?.id;
  return (
    <svg
      width={plan.width * scale}
      height={plan.height * scale}
      viewBox={`0 0 ${plan.width} ${plan.height}`}
      role="group"
      aria-label="Graph of the tasks; move through it with the arrow keys"
    >
      <Lines plan={plan} selected={selected} />
      {plan.boxes.map((box) => (
        <Node
          key={box.id}
          box={box}
          size={plan.box}
          state={states?.[box.id]}
          machine={machines?.[box.id]}
          selected={box.id === selected}
          reached={box.id === first}
          onSelect={choose}
        />
      ))}
    </svg>
  );
}

const Lines = memo(function Lines({ plan, selected }: { plan: Plan; selected?: string }) {
  // Those of the selected task are drawn last, over the others.
  const near = (line: Line) => line.from === selected || line.to === selected;
  const ordered = [...plan.lines].sort((one, other) => Number(near(one)) - Number(near(other)));
  return (
    <g aria-hidden="true">
      {ordered.map((line) => (
        <g key={`${line.from} ${line.to}`} class={near(line) ? "line near" : "line"}>
          <path d={pathOf(line.points)} />
          <path class="tip" d={tipOf(line.points)} />
        </g>
      ))}
    </g>
  );
});

interface NodeProps {
  box: Box;
  size: Plan["box"];
  state?: string;
  machine?: string;
  selected: boolean;
  /** One task is reached by Tab, the others from there by the arrow keys. */
  reached: boolean;
  onSelect: (task: string) => void;
}

const Node = memo(function Node({ box, size, state, machine, selected, reached, onSelect }: NodeProps) {
  const look = state === undefined ? undefined : lookOf(state);
  const left = look ? 36 : 12;
  const there = machine ? ` on ${machine}` : "";
  const choose = () => onSelect(box.id);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose();
  };
  return (
    <g
      class={`node ${look?.tone ?? ""}`}
      transform={`translate(${box.x} ${box.y})`}
      data-task={box.id}
      role="button"
      tabindex={reached ? 0 : -1}
      aria-pressed={selected}
      onClick={choose}
      onKeyDown={onKeyDown}
    >
      <rect class="plate" width={size.width} height={size.height} rx="8" />
      {/* An icon is as large as what is around it, where that is a drawing. */}
      {look && (
        <svg x="11" y={size.height / 2 - 8} width="16" height="16">
          <Icon name={look.icon} />
        </svg>
      )}
      <foreignObject x={left} y="0" width={size.width - left - 6} height={size.height}>
        <div class="words" title={box.id + there}>
          <span class="name">{box.id}</span> {look && <span class="word">{look.word + there}</span>}
        </div>
      </foreignObject>
    </g>
  );
});

/** A soft line through the points: level at both ends, as the lines of a graph from left to right are. */
function pathOf(points: Line["points"]): string {
  const [[x, y] = [0, 0], ...rest] = points;
  if (rest.length === 3) return `M${x} ${y}${rest.map(([a, b]) => `L${a} ${b}`).join("")}`;
  let [lastX, lastY] = [x, y];
  let path = `M${x} ${y}`;
  for (const [a, b] of rest) {
    const half = (lastX + a) / 2;
    path += a === lastX ? `L${a} ${b}` : `C${half} ${lastY} ${half} ${b} ${a} ${b}`;
    [lastX, lastY] = [a, b];
  }
  return path;
}

/** The tip at the end: pointing right, or down where the line comes from above. */
function tipOf(points: Line["points"]): string {
  const [x, y] = points.at(-1) ?? [0, 0];
  const [before] = points.at(-2) ?? [0, 0];
  return before === x ? `M${x} ${y}l-4 -7h8z` : `M${x} ${y}l-7 -4v8z`;
}
