/** What is shown stays true: loaded once, and again when something happened that concerns it. */

import { signal } from "@preact/signals";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Problem } from "../api/client";
import { isCurrent } from "../api/marks";
import { look } from "../session";
import { openSource, RESET, type Happening, type News } from "./source";

export type { Happening };

export const connection = signal<"opening" | "live" | "lost">("opening");
const listeners = new Set<(happenings: Happening[]) => void>();

function hear(news: News): void {
  if ("happenings" in news) return tell(news.happenings);
  const before = connection.value;
  // It does not say why; it may be that the session has ended.
  if (news.refused) void look();
  connection.value = news.link;
  const reset = () => tell([RESET]);
  // What happened until now was not heard, and not all of it comes later: a changed catalog has no number to ask for.
  if (news.link === "live" && before !== "live" && !isCurrent(news.mark, reset)) reset();
}

function tell(happenings: Happening[]): void {
  for (const listener of listeners) listener(happenings);
}

/** Begin to listen: through a worker that all tabs share, or here where the browser has none. */
export function listen(): () => void {
  if (typeof SharedWorker === "undefined") return openSource(hear);
  const worker = new SharedWorker(new URL("./events.worker.ts", import.meta.url), { type: "module", name: "events" });
  worker.port.onmessage = ({ data }: MessageEvent<News>) => hear(data);
  worker.port.start();
  const leave = () => worker.port.postMessage("bye");
  addEventListener("pagehide", leave);
  return () => {
    removeEventListener("pagehide", leave);
    leave();
    worker.port.close();
  };
}

export function onHappening(listener: (happenings: Happening[]) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface Loaded<T> {
  /** What was loaded last; it stays while it is loaded again. */
  data: T | undefined;
  problem: Problem | undefined;
  /** Load again, now. */
  again: () => void;
}

const SHORTEST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

/** Load, and load again whenever `concerns` says so; never two at once, and with a pause that grows with what it costs. */
export function useLive<T>(
  load: (signal: AbortSignal) => Promise<T>,
  concerns: (one: Happening) => boolean,
  inputs: unknown[],
): Loaded<T> {
  const [state, setState] = useState<{ data?: T; problem?: Problem; inputs: unknown[] }>({ inputs });
  const asked = useRef<() => void>(() => undefined);
  // Not after the paint: the answer would come a frame later.
  useLayoutEffect(() => {
    const ending = new AbortController();
    let busy = false;
    let wanted = false;
    async function run(): Promise<void> {
      if (busy) {
        wanted = true;
        return;
      }
      busy = true;
      wanted = false;
      const began = performance.now();
      try {
        const data = await load(ending.signal);
        if (!ending.signal.aborted) setState({ data, inputs });
      } catch (error) {
        if (ending.signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, String(error));
        setState((before) => ({ ...before, problem, inputs }));
      }
      // What waited for somebody to sign in took long, and cost nothing.
      const pause = Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, 3 * (performance.now() - began)));
      setTimeout(() => {
        busy = false;
        if (wanted && !ending.signal.aborted) void run();
      }, pause);
    }
    asked.current = () => void run();
    void run();
    const stop = onHappening((happenings) => {
      if (happenings.some((one) => one.kind === RESET.kind || concerns(one))) void run();
    });
    return () => {
      ending.abort();
      stop();
    };
  }, inputs);
  const again = useCallback(() => asked.current(), []);
  const fresh = state.inputs.every((one, at) => Object.is(one, inputs[at]));
  return { data: fresh ? state.data : undefined, problem: fresh ? state.problem : undefined, again };
}
