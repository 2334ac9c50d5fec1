/** When machines are loaded again: at what happens on them, and as often as they report. */

import { useEffect } from "preact/hooks";

import type { Happening, Loaded } from "../../live/live";

const PAUSE = 10_000;

export const concernsMachines = ({ kind }: Happening) => /^(worker|run|attempt|task)\./.test(kind);

/** Heartbeats are no events. */
export function useHeartbeats({ again }: Loaded<unknown>): void {
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), PAUSE);
    return () => clearInterval(timer);
  }, [again]);
}
