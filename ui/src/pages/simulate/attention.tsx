/** What needs attention in a simulation: late, not finished in time, failed, moved and skipped. */

import { Section } from "../../components/layout";
import { link } from "../../router";
import { absolute, span } from "../../time/format";
import { now } from "../../time/settings";
import type { SimulatedRun, Simulation } from "./chart-rows";

/** How many lines of a list are shown before it says how many more there are. */
const MOST = 50;

interface Line {
  workflow: string;
  at: string;
  words: string;
}

export function Attention({ simulation, zone }: { simulation: Simulation; zone: string | undefined }) {
  const time = (at: string | null) => (at ? absolute(new Date(at), zone, now.peek()) : "after the end");
  const lines = (chosen: (run: SimulatedRun) => boolean, words: (run: SimulatedRun) => string): Line[] =>
    simulation.runs.filter(chosen).map((run) => ({ workflow: run.workflow_id, at: time(run.due_utc ?? run.queued_at), words: words(run) }));
  const moved = (run: SimulatedRun) => run.due_utc !== null && run.nominal_utc !== run.due_utc;
  const lists: [string, Line[]][] = [
    [
      "Late",
      lines(
        (run) => run.late !== null,
        (run) => `${run.started_at ? `starts ${time(run.started_at)}` : "does not start"}, ${span(run.late ?? 0)} late. ${run.waits_for || run.note}`,
      ),
    ],
    ["Deadlines missed", lines((run) => run.missed.length > 0, (run) => run.missed.join(" "))],
    ["Not finished when due again", lines((run) => run.overruns_utc !== null, (run) => `ends ${time(run.finished_at)}, due again ${time(run.overruns_utc)}`)],
    ["Failed", lines((run) => run.state === "failed", (run) => run.reason)],
    [
      "Moved, or marked by a clock change",
      lines((run) => run.note !== "" && (run.late === null || moved(run)), (run) => (moved(run) ? `for ${time(run.nominal_utc)}: ${run.note}` : run.note)),
    ],
    [
      "Skipped",
      simulation.skipped.map((fire) => ({
        workflow: fire.workflow_id,
        at: time(fire.due_utc),
        words: fire.count > 1 ? `to ${time(fire.until_utc)} (${fire.count}): ${fire.reason}` : fire.reason,
      })),
    ],
  ];
  return (
    <>
      {lists.filter(([, found]) => found.length > 0).map(([title, found]) => (
        <Section key={title} title={`${title} (${found.length})`} class="attention">
          <ul>
            {found.slice(0, MOST).map((line, at) => (
              <li key={at}>
                <a class="mono" href={link("workflows", line.workflow)}>{line.workflow}</a> <span class="faint">{line.at}</span> {line.words}
              </li>
            ))}
            {found.length > MOST && <li class="faint">and {found.length - MOST} more</li>}
          </ul>
        </Section>
      ))}
    </>
  );
}
