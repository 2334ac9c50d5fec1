/** What a run is called on its page and in the browser's tab: `load-orders · failed · today 02:30`. Pure. */

import { lookOf } from "../../components/state";
import { clock, dayName } from "../../time/format";
import type { RunAnswer } from "./choose";

type Titled = Pick<RunAnswer, "workflow_id" | "state" | "nominal_utc" | "started_at" | "queued_at">;

/** With the time for which it was due; of a run by hand when it started, or has been queued since. */
export function titleOf(run: Titled, zone: string | undefined, now: Date): string {
  const at = new Date(run.nominal_utc ?? run.started_at ?? run.queued_at);
  const day = dayName(at, zone, now);
  // `Tue 24 Nov` keeps its capitals.
  const words = day.includes(" ") ? day : day.toLowerCase();
  return `${run.workflow_id} · ${lookOf(run.state).word} · ${words} ${clock(at, zone)}`;
}
