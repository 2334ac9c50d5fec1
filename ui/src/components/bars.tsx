/** A workflow's last runs as bars: height says how long, colour and title what came of it. */

import type { Shapes } from "../api/client";
import { link } from "../router";
import { span } from "../time/format";
import { lookOf } from "./state";

const HEIGHT = 28;
const STEP = 8;

export function Bars({ history, most = 20 }: { history: Shapes["Bar"][]; most?: number }) {
  const longest = Math.max(1e-9, ...history.map((one) => one.seconds ?? 0));
  const shown = history.slice(-most);
  return (
    <svg class="bars" width={most * STEP} height={HEIGHT} role="group" aria-label={aboutRuns(shown)}>
      {shown.map((one, at) => {
        const { tone, word } = lookOf(one.state);
        const height = Math.max(4, ((one.seconds ?? longest / 2) / longest) * HEIGHT);
        return (
          <a key={one.id} href={link("runs", one.id)} {...{ tabindex: -1 }}>
            <title>{`${one.id}: ${word}${one.seconds === null ? "" : `, ${span(one.seconds)}`}`}</title>
            <rect
              class={`fill ${tone}`}
              x={(most - shown.length + at) * STEP}
              y={HEIGHT - height}
              width={STEP - 2}
              height={height}
              rx="1.5"
            />
          </a>
        );
      })}
    </svg>
  );
}

/** The same in words: `the last 20 runs: 18 succeeded, 2 failed`. The list of runs leads to each of them by keys. */
function aboutRuns(history: Shapes["Bar"][]): string {
  const counts = new Map<string, number>();
  for (const { state } of history) counts.set(state, (counts.get(state) ?? 0) + 1);
  const words = [...counts].map(([state, count]) => `${count} ${lookOf(state).word}`).join(", ");
  return `${history.length === 1 ? "the last run" : `the last ${history.length} runs`}: ${words}`;
}
