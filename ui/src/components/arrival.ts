/** What a person finds on arriving at a page: the focus at its heading, and, on the way back, the place that was left. */

import { onMove, pageOf, parse, place } from "../router";

/** Whether the heading that appears next is to have the focus. It may appear twice: before and after what it is about is loaded. */
let awaited = false;

const heading = () => document.querySelector<HTMLElement>("main h1");

/** A page begins, or another one is shown. */
export function awaitHeading(): void {
  awaited = true;
}

/** The heading is there. */
export function giveFocus(title: HTMLElement | null): void {
  if (awaited && !document.querySelector("dialog[open]")) title?.focus({ preventScroll: true });
}

// Who has gone elsewhere is not called back.
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof Element && target.tagName !== "H1") awaited = false;
});

/** After an address has been drawn: the focus may have gone with what had it. */
export function settleFocus(): void {
  const lost = document.activeElement === null || document.activeElement === document.body;
  if (awaited || lost) {
    awaited = true;
    giveFocus(heading());
  }
}

const KEY = "scroll";
const RESTORED_WITHIN = 5000;
const STILL = 300;
const positions = new Map<number, number>(read());

function read(): [number, number][] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as [number, number][];
  } catch {
    return [];
  }
}

let stop: () => void = () => undefined;

/** Go down to where the page was left, as it fills; who scrolls meanwhile is not held. */
function restore(top: number): void {
  stop();
  if (top === 0) return scrollTo(0, 0);
  const ending = new AbortController();
  stop = () => ending.abort();
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(name, stop, { signal: ending.signal, passive: true });
  let height = 0;
  let since = performance.now();
  const step = () => {
    if (ending.signal.aborted) return;
    const now = performance.now();
    if (document.documentElement.scrollHeight !== height) {
      height = document.documentElement.scrollHeight;
      since = now;
    }
    scrollTo(0, top);
    const there = scrollY >= top - 1;
    if (now - since < (there ? STILL : RESTORED_WITHIN)) requestAnimationFrame(step);
    else stop();
  };
  step();
}

export function keepPlaces(): void {
  history.scrollRestoration = "manual";
  const first = (history.state as { at: number }).at;
  let shown = first;
  restore(positions.get(first) ?? 0);
  onMove(({ from, to, back }, before) => {
    positions.set(from, scrollY);
    shown = to;
    const another = pageOf(parse(before)) !== pageOf(parse(location.hash));
    if (another) awaitHeading();
    if (back) restore(positions.get(to) ?? 0);
    else if (another) restore(0);
    else stop();
  });
  addEventListener("pagehide", () => {
    positions.set(shown, scrollY);
    sessionStorage.setItem(KEY, JSON.stringify([...positions]));
  });
  place.subscribe(() => requestAnimationFrame(() => settleFocus()));
}
