/** Some lines of output. Out of sight they are text alone, of the same height, because colours are costly. */

import { useEffect, useRef, useState } from "preact/hooks";

import { memo } from "../components/memo";
import { colour, type Span } from "./ansi";
import { linePrefix, textOf } from "./lead";
import { marked } from "./marks";
import type { Mark, Piece } from "./window";

interface PieceProps {
  piece: Piece;
  /** What stands before each line, if its stream or its time is to be seen. */
  prefix: ((mark: Mark) => string) | undefined;
  words: string;
  /** The line that the search is at, if it is among these. */
  current: number | undefined;
  /** Whether it is likely in sight, before that is known. */
  near: boolean;
}

const AROUND = "800px 0px";

export const PieceOfOutput = memo(function PieceOfOutput({ piece, prefix, words, current, near }: PieceProps) {
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
        ? colour(piece.lines).map((spans, at) => {
            const mark = piece.marks?.[at];
            return <Line key={piece.offsets[at]} {...{ spans, words, mark, prefix }} current={at === current} />;
          })
        : textOf(piece, prefix).map((line) => `${line}\n`).join("")}
    </div>
  );
});

interface LineProps {
  spans: Span[];
  words: string;
  mark: Mark | undefined;
  prefix: PieceProps["prefix"];
  current: boolean;
}

function Line({ spans, words, mark, prefix, current }: LineProps) {
  const lead = linePrefix(mark, prefix);
  return (
    <div class={["line", current && "current", prefix && mark?.stream].filter(Boolean).join(" ")}>
      {lead && (
        <span class="mark" title={mark?.at ?? undefined}>
          {lead}
        </span>
      )}
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
