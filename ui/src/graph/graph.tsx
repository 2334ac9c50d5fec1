/** The tasks of a workflow or run and what waits for what, to be looked at, moved, zoomed and walked through by keys. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../components/icons";
import { Loading } from "../components/layout";
import { Drawing } from "./drawing";
import "./graph.css";
import { useLayout } from "./layout";
import type { Plan, Waits } from "./plan";
import { neighbour } from "./walk";

interface GraphProps {
  graph: Waits;
  /** A state for each task, where there are any. */
  states?: Record<string, string>;
  selected?: string;
  onSelect?: (task: string) => void;
}

const SMALLEST = 0.12;
const LARGEST = 2;
/** What is no higher than this is seen as a whole, if it is not too wide; graph.css has a bound as well. */
const LOW = 300;
/** Below this names cannot be read; a larger graph is shown in part. */
const READABLE = 0.75;

const within = (scale: number) => Math.min(LARGEST, Math.max(SMALLEST, scale));

export function Graph({ graph, states, selected, onSelect }: GraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    if (!frame.current) return undefined;
    setRoom(Math.floor(frame.current.getBoundingClientRect().width));
    const watching = new ResizeObserver(([entry]) => setRoom(Math.floor(entry?.contentRect.width ?? 0)));
    watching.observe(frame.current);
    return () => watching.disconnect();
  }, []);
  const plan = useLayout(graph, states !== undefined, room);
  const count = Object.keys(graph).length;
  return (
    <div class="graph" ref={frame}>
      {count === 0 && <p class="empty">There are no tasks yet.</p>}
      {plan && room > 0 && count > 0 ? (
        <Board key={`${count} ${plan.width}`} {...{ plan, room, graph, states, selected, onSelect }} />
      ) : (
        count > 0 && <Loading />
      )}
    </div>
  );
}

function Board({ plan, room, graph, states, selected, onSelect }: GraphProps & { plan: Plan; room: number }) {
  const board = useRef<HTMLDivElement>(null);
  const fit = within(Math.min(1, room / plan.width));
  const [scale, setScale] = useState(Math.max(fit, READABLE));
  const middle = useRef<[x: number, y: number] | null>(null);
  const drag = useDrag(board);

  /** Zoom, and leave in its place what is in the middle. */
  function zoom(to: number): void {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = board.current as HTMLDivElement;
    middle.current = [(scrollLeft + clientWidth / 2) / scale, (scrollTop + clientHeight / 2) / scale];
    setScale(within(to));
  }

  useLayoutEffect(() => {
    const element = board.current;
    if (!element || !middle.current) return;
    element.scrollLeft = middle.current[0] * scale - element.clientWidth / 2;
    element.scrollTop = middle.current[1] * scale - element.clientHeight / 2;
  }, [scale]);

  useEffect(() => {
    const element = board.current;
    const box = plan.boxes.find(({ id }) => id === selected);
    if (!element || !box) return;
    const { width, height } = plan.box;
    const [left, top] = [box.x * scale - element.scrollLeft, box.y * scale - element.scrollTop];
    const inside = left >= 0 && top >= 0 && left + width * scale <= element.clientWidth && top + height * scale <= element.clientHeight;
    if (inside) return;
    element.scrollLeft = (box.x + width / 2) * scale - element.clientWidth / 2;
    element.scrollTop = (box.y + height / 2) * scale - element.clientHeight / 2;
  }, [selected]);

  useEffect(() => {
    // Not as an attribute: only a listener that is not passive may keep the browser from zooming the whole page.
    const element = board.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(scale * Math.exp(-event.deltaY / 400));
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [scale]);

  function onKeyDown(event: KeyboardEvent): void {
    const task = (event.target as Element).closest("[data-task]")?.getAttribute("data-task");
    const next = task && neighbour(plan, graph, task, event.key);
    if (event.key === "+") zoom(scale * 1.25);
    else if (event.key === "-") zoom(scale / 1.25);
    else if (next) board.current?.querySelector<SVGElement>(`[data-task="${next}"]`)?.focus();
    else return;
    event.preventDefault();
  }

  return (
    <>
      <div class="board" ref={board} onKeyDown={onKeyDown} {...drag}>
        <Drawing {...{ plan, scale, states, selected, onSelect }} />
      </div>
      {(plan.width > room || plan.height > LOW) && (
        <div class="zoom">
          <button class="plain" aria-label="Zoom in" title="Zoom in (+, or Ctrl and the wheel)" onClick={() => zoom(scale * 1.25)}>
            <Icon name="plus" />
          </button>
          <button class="plain" aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoom(scale / 1.25)}>
            <span aria-hidden="true">−</span>
          </button>
          <button class="plain" title="Show all of it" onClick={() => zoom(Math.min(fit, (board.current?.clientHeight ?? 1) / plan.height))}>
            Fit
          </button>
          <button class="plain" title="In its own size" onClick={() => zoom(1)}>
            {Math.round(scale * 100)} %
          </button>
        </div>
      )}
    </>
  );
}

/** Move the board with the mouse; fingers scroll it as they scroll everything. */
function useDrag(board: { current: HTMLDivElement | null }) {
  const from = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  return {
    onPointerDown: (event: PointerEvent) => {
      const element = board.current;
      if (!element || event.pointerType !== "mouse" || event.button !== 0 || (event.target as Element).closest("[data-task]")) return;
      from.current = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop };
      element.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      if (!from.current || !board.current) return;
      board.current.scrollLeft = from.current.left - (event.clientX - from.current.x);
      board.current.scrollTop = from.current.top - (event.clientY - from.current.y);
    },
    onPointerUp: () => {
      from.current = null;
    },
    onPointerCancel: () => {
      from.current = null;
    },
  };
}
