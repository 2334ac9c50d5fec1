/** A moment and a length of time, as they are shown everywhere. */

import { homeZone } from "../session";
import { absolute, between, relative, span, zoneFor } from "./format";
import { now, relativeFirst, zoneMode } from "./settings";

/** `zone` is the schedule's, for the mode that shows it; without one it is the home's. */
export function Time({ at, zone, seconds }: { at: string | null | undefined; zone?: string | null; seconds?: boolean }) {
  if (!at) return <span class="faint">–</span>;
  const moment = new Date(at);
  const words = absolute(moment, zoneFor(zoneMode.value, zone ?? homeZone.value), now.value, seconds);
  const distance = relative(moment, now.value);
  const [shown, hidden] = relativeFirst.value ? [distance, words] : [words, distance];
  return (
    <time dateTime={at} title={`${hidden} · ${at}`}>
      {shown}
    </time>
  );
}

/** From a start to an end, or to now. */
export function Took({ start, end }: { start: string | null; end: string | null }) {
  const seconds = between(start, end, end ? new Date(0) : now.value);
  return seconds === null ? <span class="faint">–</span> : <span>{span(seconds)}</span>;
}
