/** Which rows of a long list are drawn: those in sight, and some around them. */

import { useLayoutEffect, useState } from "preact/hooks";

const AROUND = 20;

/** `top`: where the list begins, from the upper edge of what is seen; `seen`: how high that is. Pure. */
export function windowOf(count: number, height: number, top: number, seen: number): { first: number; last: number } {
  const within = (row: number) => Math.min(count, Math.max(0, row));
  return {
    first: within(Math.floor(-top / height) - AROUND),
    last: within(Math.ceil((seen - top) / height) + AROUND),
  };
}

/** The rows to draw now, of a list that scrolls with the page. */
export function useWindow(list: { current: HTMLElement | null }, count: number, height: number): { first: number; last: number } {
  const [shown, setShown] = useState({ first: 0, last: 3 * AROUND });
  useLayoutEffect(() => {
    let frame = 0;
    const measure = () => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const next = windowOf(count, height, top, innerHeight);
      setShown((before) => (before.first === next.first && before.last === next.last ? before : next));
    };
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    };
    measure();
    addEventListener("scroll", onScroll, { passive: true });
    addEventListener("resize", onScroll);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", onScroll);
      removeEventListener("resize", onScroll);
    };
  }, [count, height]);
  return { first: Math.min(shown.first, count), last: Math.min(shown.last, count) };
}
