/** Asks for the layout of a graph: what is quickly done is done at once, all else by a worker; what was laid out is kept. */

import { useEffect, useMemo, useState } from "preact/hooks";

import { isLarge, linesOf, planColumns } from "./columns";
import type { Wanted } from "./layout.worker";
import { boxSize, chainOf, planChain, type Plan, type Waits } from "./plan";

const MOST_KEPT = 20;
/** Columns for so many lines take a few milliseconds, and starting the worker fifty. */
const MOST_LINES_AT_ONCE = 1500;
const kept = new Map<string, Promise<Plan>>();
const waiting = new Map<number, (plan: Plan) => void>();
let worker: Worker | undefined;
let count = 0;

function ask(graph: Waits, box: Plan["box"]): Promise<Plan> {
  if (!worker) {
    worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<{ key: number; plan: Plan }>) => {
      waiting.get(data.key)?.(data.plan);
      waiting.delete(data.key);
    };
  }
  const key = ++count;
  worker.postMessage({ key, graph, box } satisfies Wanted);
  return new Promise((answer) => waiting.set(key, answer));
}

function layOut(graph: Waits, box: Plan["box"], name: string): Promise<Plan> {
  const found = kept.get(name) ?? ask(graph, box);
  kept.delete(name);
  kept.set(name, found);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return found;
}

/** The layout for so much room from left to right; undefined until it is there. */
export function useLayout(graph: Waits, withStates: boolean, room: number): Plan | undefined {
  // A run is loaded again and again, and its graph is the same each time.
  const name = JSON.stringify([graph, withStates]);
  const box = useMemo(() => boxSize(Object.keys(graph), withStates), [name]);
  const chain = useMemo(() => chainOf(graph), [name]);
  const wrapped = useMemo(() => (chain && room > 0 ? planChain(chain, box, room) : undefined), [name, room]);
  const columns = useMemo(() => (!chain && isLarge(graph) && linesOf(graph) <= MOST_LINES_AT_ONCE ? planColumns(graph, box) : undefined), [name]);
  const [found, setFound] = useState<{ name: string; plan: Plan }>();
  useEffect(() => {
    if (chain || columns) return undefined;
    let left = false;
    void layOut(graph, box, name).then((plan) => left || setFound({ name, plan }));
    return () => {
      left = true;
    };
  }, [name]);
  return wrapped ?? columns ?? (found?.name === name ? found.plan : undefined);
}
