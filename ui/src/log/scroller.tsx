/** The scrolled area with the lines: keeps in its place what is read while lines come in above, and follows the end. */

import { useLayoutEffect, useRef } from "preact/hooks";

import { PieceOfOutput } from "./piece";
import type { Source } from "./source";
import { lineAt, type Mark, type View } from "./window";

interface ScrollerProps {
  reader: Source;
  view: View;
  label: string;
  /** What stands before each line. */
  prefix: ((mark: Mark) => string) | undefined;
  wrap: boolean;
  words: string;
  /** The place of the line to go to; a new object each time that one wants to go there. */
  target: { offset: number } | undefined;
  following: boolean;
  onFollowing: (following: boolean) => void;
}

/** So near to an end, more is loaded; and so near to the lower one, it is followed. */
const NEAR = 900;
const AT_END = 24;

export function Scroller({ reader, view, label, prefix, wrap, words, target, following, onFollowing }: ScrollerProps) {
  const area = useRef<HTMLDivElement>(null);
  const anchor = useRef<{ start: string; above: number } | null>(null);
  const gone = useRef<object | undefined>(undefined);
  const scrolledTo = useRef(0);
  const place = target && lineAt(view, target.offset);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    const line = element.querySelector<HTMLElement>(".current");
    if (target && line && gone.current !== target) {
      gone.current = target;
      element.scrollTop = line.offsetTop - element.clientHeight / 2;
      element.scrollIntoView({ block: "nearest" });
    } else if (following) {
      element.scrollTop = element.scrollHeight;
    } else if (anchor.current) {
      const piece = element.querySelector<HTMLElement>(`[data-start="${anchor.current.start}"]`);
      if (piece) element.scrollTop = piece.offsetTop - anchor.current.above;
    }
    scrolledTo.current = element.scrollTop;
    note(element);
    // A few lines that are all in sight cannot be scrolled up from.
    if (reader.hasEarlier && element.scrollHeight < element.clientHeight + NEAR) void reader.earlier();
  }, [view, prefix, wrap, target, following]);

  /** Remember what is at the upper edge. */
  function note(element: HTMLElement): void {
    const top = element.scrollTop;
    for (const piece of element.querySelectorAll<HTMLElement>(".piece")) {
      if (piece.offsetTop + piece.offsetHeight <= top) continue;
      anchor.current = { start: piece.dataset["start"] ?? "", above: piece.offsetTop - top };
      return;
    }
  }

  function onScroll(): void {
    const element = area.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    const up = element.scrollTop < scrolledTo.current;
    scrolledTo.current = element.scrollTop;
    note(element);
    if (following && up && below > AT_END) onFollowing(false);
    else if (!following && !up && below <= AT_END && reader.atEnd) onFollowing(true);
    if (element.scrollTop < NEAR) void reader.earlier();
    if (below < NEAR && !reader.atEnd) void reader.later();
  }

  return (
    <div class={wrap ? "output wrap" : "output"} ref={area} onScroll={onScroll} tabIndex={0} role="region" aria-label={label}>
      {reader.hasEarlier && <p class="more">Earlier lines are loaded when you scroll up.</p>}
      {view.pieces.map((piece, at) => (
        <PieceOfOutput
          key={piece.start}
          piece={piece}
          prefix={prefix}
          words={words}
          current={place?.piece === piece ? place.line : undefined}
          near={at >= view.pieces.length - 2}
        />
      ))}
    </div>
  );
}
