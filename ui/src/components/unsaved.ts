/** Whether something was typed that would be lost, and the question before it is. */

import { useEffect, useRef } from "preact/hooks";

import { guardLeaving } from "../router";

/** What stands in the fields of an element, and which of its switches are pressed. */
export function contentOf(element: Element): string {
  const fields = element.querySelectorAll<HTMLInputElement>("input, select, textarea, [aria-pressed]");
  return JSON.stringify([...fields].map((field) => field.getAttribute("aria-pressed") ?? (field.type === "checkbox" ? field.checked : field.value)));
}

/** Ask before the page is left, or closed, while something is unsaved; returns what ends that before the next drawing. */
export function useUnsaved(unsaved: () => boolean, ask: () => Promise<boolean>): () => void {
  const latest = useRef({ unsaved, ask });
  latest.current = { unsaved, ask };
  const end = useRef<() => void>(() => undefined);
  useEffect(() => {
    const over = guardLeaving({ unsaved: () => latest.current.unsaved(), ask: () => latest.current.ask() });
    const closing = (event: Event) => latest.current.unsaved() && event.preventDefault();
    addEventListener("beforeunload", closing);
    end.current = () => {
      over();
      removeEventListener("beforeunload", closing);
    };
    return end.current;
  }, []);
  return () => end.current();
}
