/** What a trigger means while it is typed: plain English and the next five fires. */

import { useEffect, useState } from "preact/hooks";

import { serverNow } from "../../api/server-time";
import { api, take, type Shapes } from "../../api/client";
import { Warnings } from "../../components/warnings";
import { Fires } from "./fires";
import type { Spec } from "./schedule-values";

const PAUSE = 250;
const MINUTE = 60_000;

interface Props {
  spec: Spec;
  timezone: string;
  /** What else decides when a fire is due. */
  asked: Partial<Shapes["PreviewRequest"]>;
}

export function SchedulePreview({ spec, timezone, asked }: Props) {
  const [answer, setAnswer] = useState<{ found?: Shapes["PreviewAnswer"]; problem?: string }>({});
  const key = JSON.stringify([spec, timezone, asked]);
  useEffect(() => {
    const ending = new AbortController();
    const timer = setTimeout(async () => {
      // A date of this minute is due at once, so it is shown although it is past.
      const start = spec.at ? new Date(serverNow() - MINUTE).toISOString() : null;
      const body = { ...asked, ...spec, timezone: timezone || null, start, count: 5 } as Shapes["PreviewRequest"];
      try {
        const found = await take(api.POST("/api/v1/schedules/preview", { body, signal: ending.signal }));
        if (!ending.signal.aborted) setAnswer({ found });
      } catch (error) {
        if (!ending.signal.aborted) setAnswer({ problem: (error as Error).message });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [key]);
  const { found, problem } = answer;
  return (
    <div class="preview" aria-live="polite">
      {problem && <p class="bad">{problem}</p>}
      {found && (
        <>
          <p>
            <b>{found.description}</b> <span class="faint">{found.timezone}</span>
          </p>
          <Warnings warnings={found.warnings} />
          {!spec.at_start && <Fires fires={found.fires} zone={found.timezone} />}
        </>
      )}
    </div>
  );
}
