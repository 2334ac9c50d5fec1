/** One run: what became of it, what can be done about it, and each attempt. It opens at what failed. */

import { api, take } from "../../api/client";
import { Graph } from "../../graph/graph";
import { useLive } from "../../live/live";
import { Head, Section, Show } from "../../components/layout";
import { go, link } from "../../router";
import { AttemptSections } from "./attempt";
import { choose, machinesOf, type RunAnswer } from "./choose";
import { RunHead } from "./run-head";
import "./run.css";
import { Timeline } from "./timeline";

export function Run({ id, rest }: { id: string; rest: string[] }) {
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/runs/{run}", { params: { path: { run: id } }, signal })),
    (one) => one.run_id === id || one.kind.startsWith("worker."),
    [id],
  );
  return (
    <>
      {!loaded.data && <Head title={`Run ${id}`} above={<a href={link("runs")}>Runs</a>} />}
      <Show loaded={loaded}>{(run) => <OneRun run={run} rest={rest} />}</Show>
    </>
  );
}

function OneRun({ run, rest }: { run: RunAnswer; rest: string[] }) {
  const [named, number] = rest;
  const { task, attempt } = choose(run, named, number ? Number(number) : undefined);
  const select = (id: string, one?: number) => go(link("runs", run.id, id, ...(one === undefined ? [] : [one])));
  return (
    <>
      <RunHead run={run} />
      <Section title="Tasks" beside={<Counts run={run} />}>
        <Graph
          graph={run.graph}
          states={Object.fromEntries(run.tasks.map(({ id, state }) => [id, state]))}
          machines={machinesOf(run)}
          selected={task?.id}
          onSelect={(id) => select(id)}
        />
      </Section>
      <Timeline run={run} task={task?.id} attempt={attempt?.number} onSelect={select} />
      {task && <AttemptSections run={run} task={task} attempt={attempt} />}
    </>
  );
}

/** How many tasks are in each state: `3 succeeded · 1 failed`. */
function Counts({ run }: { run: RunAnswer }) {
  const counts = new Map<string, number>();
  for (const { state } of run.tasks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return <span class="faint">{[...counts].map(([state, count]) => `${count} ${state}`).join(" · ")}</span>;
}
