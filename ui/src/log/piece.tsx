/** Some lines of output. Out of sight they are text alone, of the same height, because colours are costly. */

import { useEffect, useRef, useState } from "preact/hooks";

import { memo } from "../parts/memo";
import { colour, plain, type Span } from "./ansi";
import { marked } from "./marks";
import type { Piece } from "./window";

interface PieceProps {
  piece: Piece;
  words: string;
  /** The line that the search is at, if it is among these. */
  current: number | undefined;
  /** Whether it is likely in sight, before that is known. */
  near: boolean;
}

const AROUND = "800px 0px";

export const PieceOfOutput = memo(function PieceOfOutput({ piece, words, current, near }: PieceProps) {
  const element = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(near);
  useEffect(() => {
    if (!element.current) return undefined;
    const root = element.current.closest(".output");
    const watching = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting ?? false), { root, rootMargin: AROUND });
    watching.observe(element.current);
    return () => watching.disconnect();
  }, []);
  return (
    <div class="piece" ref={element} data-start={piece.start}>
      {seen || current !== undefined
        ? colour(piece.lines).map((spans, at) => <Line key={piece.offsets[at]} spans={spans} words={words} current={at === current} />)
        : piece.lines.map((line) => `${plain(line)}\n`).join("")}
    </div>
  );
});

function Line({ spans, words, current }: { spans: Span[]; words: string; current: boolean }) {
  return (
    <div class={current ? "line current" : "line"}>
      {marked(spans, words).map((span) => {
        if (!span.class && !span.style && !span.hit) return span.text;
        const Element = span.hit ? "mark" : "span";
        return (
          <Element class={span.class} style={span.style}>
            {span.text}
          </Element>
        );
      })}
      {"\n"}
    </div>
  );
}
