/** The tasks of a workflow or run and what waits for what, seen as a whole; it can be moved, zoomed and walked through by keys. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

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
  /** The other machine that has a task, where one does. */
  machines?: Record<string, string>;
  selected?: string;
  onSelect?: (task: string) => void;
}

const SMALLEST = 0.12;
const LARGEST = 2;
/** The board is no higher than this, and than this share of the window. */
const HIGHEST = 520;
const SHARE = 0.6;

interface Room {
  width: number;
  height: number;
}

/** How large a plan is drawn that is seen as a whole. */
const fitted = (plan: Plan, room: Room) => Math.min(1, room.width / plan.width, room.height / plan.height);

export function Graph({ graph, states, machines, selected, onSelect }: GraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const room = useRoom(frame);
  const plan = useLayout(graph, states !== undefined, room.width);
  const count = Object.keys(graph).length;
  return (
    <div class="graph" ref={frame}>
      {count === 0 && <p class="empty">There are no tasks yet.</p>}
      {plan && room.width > 0 && count > 0 ? (
        <Board key={`${count} ${plan.width}`} {...{ plan, room, graph, states, machines, selected, onSelect }} />
      ) : (
        count > 0 && <Loading />
      )}
    </div>
  );
}

/** How much room the graph has: the width of its frame, and a height that leaves something of the page in sight. */
function useRoom(frame: { current: HTMLElement | null }): Room {
  const [room, setRoom] = useState<Room>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const width = Math.floor(frame.current?.getBoundingClientRect().width ?? 0);
      const height = Math.floor(Math.min(HIGHEST, SHARE * innerHeight));
      setRoom((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const watching = new ResizeObserver(measure);
    if (frame.current) watching.observe(frame.current);
    addEventListener("resize", measure);
    return () => {
      watching.disconnect();
      removeEventListener("resize", measure);
    };
  }, []);
  return room;
}

function Board({ plan, room, graph, states, machines, selected, onSelect }: GraphProps & { plan: Plan; room: Room }) {
  const board = useRef<HTMLDivElement>(null);
  const fit = fitted(plan, room);
  /** As somebody chose it; until then all of it is seen, also in a window of another size. */
  const [chosen, setChosen] = useState<number>();
  const scale = chosen ?? fit;
  const middle = useRef<[x: number, y: number] | null>(null);
  const drag = useDrag(board);

  /** Zoom, and leave in its place what is in the middle. */
  function zoom(to: number): void {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = board.current as HTMLDivElement;
    middle.current = [(scrollLeft + clientWidth / 2) / scale, (scrollTop + clientHeight / 2) / scale];
    setChosen(Math.min(LARGEST, Math.max(Math.min(SMALLEST, fit), to)));
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
      {(fit < 1 || scale !== fit) && (
        <div class="tools">
          <button class="plain" aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoom(scale / 1.25)}>
            <span aria-hidden="true">−</span>
          </button>
          <button class="plain" aria-label={`Actual size (now ${percent(scale)})`} title="Actual size" onClick={() => zoom(1)}>
            {percent(scale)}
          </button>
          <button class="plain" aria-label="Zoom in" title="Zoom in (+, or Ctrl and the mouse wheel)" onClick={() => zoom(scale * 1.25)}>
            <span aria-hidden="true">+</span>
          </button>
          <button class="plain" title="Show the whole graph" disabled={scale === fit} onClick={() => setChosen(undefined)}>
            Fit
          </button>
        </div>
      )}
      <div class="board" ref={board} style={{ maxHeight: `${room.height}px` }} onKeyDown={onKeyDown} {...drag}>
        <Drawing {...{ plan, scale, states, machines, selected, onSelect }} />
      </div>
    </>
  );
}

const percent = (scale: number) => `${Math.round(scale * 100)} %`;

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
