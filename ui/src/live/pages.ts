/** A list that comes a page at a time, and stays true: its pages are read again when something happened. */

import { useEffect, useRef, useState } from "preact/hooks";

import { useLive, type Happening, type Loaded } from "./live";

interface PageOf<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Pages<T> extends Loaded<T[]> {
  /** Whether there is more; `more` reads it. */
  hasMore: boolean;
  more: () => void;
}

/** `load` reads one page; with inputs that changed the list starts again. */
export function usePages<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>,
  concerns: (one: Happening) => boolean,
  inputs: unknown[],
): Pages<T> {
  const [count, setCount] = useState(1);
  const begun = useRef(inputs);
  if (!begun.current.every((one, at) => Object.is(one, inputs[at]))) {
    begun.current = inputs;
    if (count !== 1) setCount(1);
  }
  const loaded = useLive<PageOf<T>>(
    async (signal) => {
      const items: T[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < count; page++) {
        const found = await load(cursor, signal);
        items.push(...found.items);
        if (!found.next_cursor) return { items, next_cursor: null };
        cursor = found.next_cursor;
      }
      return { items, next_cursor: cursor ?? null };
    },
    concerns,
    [...inputs, count],
  );
  // While the next page is on its way, those before it stay.
  const kept = useRef<{ items: T[]; inputs: unknown[] } | undefined>(undefined);
  if (loaded.data) kept.current = { items: loaded.data.items, inputs: begun.current };
  const items = loaded.data?.items ?? (kept.current?.inputs === begun.current ? kept.current.items : undefined);
  return {
    ...loaded,
    data: items,
    hasMore: loaded.data?.next_cursor != null,
    more: () => setCount((before) => before + 1),
  };
}

/** At the end of a list: reads the next page when it comes into sight. */
export function useSight(onSight: () => void, armed: boolean) {
  const element = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!armed || !element.current) return undefined;
    const watching = new IntersectionObserver(([one]) => one?.isIntersecting && onSight(), { rootMargin: "400px" });
    watching.observe(element.current);
    return () => watching.disconnect();
  }, [armed, onSight]);
  return element;
}
