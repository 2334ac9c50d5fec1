/** A button that opens a short list of further actions. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import "./menu.css";

export interface Action {
  words: ComponentChildren;
  act: () => void;
  danger?: boolean;
}

export function Menu({ label, actions, children }: { label: string; actions: Action[]; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const items = () => [...(element.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

  useLayoutEffect(() => {
    if (!open) return undefined;
    items()[0]?.focus();
    const leave = (event: Event) => {
      if (!element.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [open]);

  function close(): void {
    setOpen(false);
    element.current?.querySelector("button")?.focus();
  }

  function onKey(event: KeyboardEvent): void {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
    else if (event.key === "ArrowUp") all.at(Math.max(at, 0) - 1)?.focus();
    else if (event.key === "Tab") return setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div ref={element} class="menu" onKeyDown={open ? onKey : undefined}>
      <button aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        {children}
      </button>
      {open && (
        <div role="menu" aria-label={label}>
          {actions.map(({ words, act, danger }, at) => (
            <button key={at} role="menuitem" class={danger ? "plain bad" : "plain"} tabIndex={-1} onClick={() => (close(), act())}>
              {words}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
