/** Simulate: what will run, wait, be late and be skipped, without running anything. */

import "./simulate.css";

import { useEffect, useRef, useState } from "preact/hooks";

import { api, Problem, take } from "../../api/client";
import { ChoiceField, TextField } from "../../components/fields";
import { Empty, Loading, ProblemBox } from "../../components/layout";
import { can, homeZone } from "../../session";
import { absolute, zoneFor } from "../../time/format";
import { now, zoneMode } from "../../time/settings";
import { Attention } from "./attention";
import { Chart } from "./chart";
import type { Simulation } from "./chart-rows";
import { FIRST, problemOf, questionOf, type Typed } from "./question";

export function Simulate() {
  const [typed, setTyped] = useState(FIRST);
  const [found, setFound] = useState<{ simulation?: Simulation; problem?: Problem; busy?: boolean }>({});
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), []);
  if (!can("operator")) return <Empty words="Simulations need the role operator; ask an admin." />;

  async function ask(): Promise<void> {
    asking.current?.abort();
    const { signal } = (asking.current = new AbortController());
    setFound({ busy: true });
    try {
      const simulation = await take(api.POST("/api/v1/simulations", { body: questionOf(typed), signal }));
      if (!signal.aborted) setFound({ simulation });
    } catch (error) {
      if (!signal.aborted) setFound({ problem: error instanceof Problem ? error : new Problem(0, String(error)) });
    }
  }

  return (
    <>
      <Form typed={typed} onType={(one) => setTyped({ ...typed, ...one })} onAsk={() => void ask()} busy={found.busy ?? false} />
      {found.busy && <Loading />}
      {found.problem && <ProblemBox problem={found.problem} />}
      {found.simulation && <Answer simulation={found.simulation} />}
    </>
  );
}

interface FormProps {
  typed: Typed;
  onType: (change: Partial<Typed>) => void;
  onAsk: () => void;
  busy: boolean;
}

function Form({ typed, onType, onAsk, busy }: FormProps) {
  const problem = problemOf(typed);
  return (
    <form
      class="question card"
      aria-label="Simulation"
      onSubmit={(event) => {
        event.preventDefault();
        if (!problem && !busy) onAsk();
      }}
    >
      <div class="fields">
        <TextField label="From" value={typed.from} onInput={(from) => onType({ from })} placeholder="now" hint={`A date or time in ${homeZone.value}, such as 2026-11-24 22:00.`} />
        <TextField label="For" value={typed.length} onInput={(length) => onType({ length })} hint="Such as 36h or 7d." />
        <TextField label="Runs at once" type="number" value={typed.slots} onInput={(slots) => onType({ slots })} placeholder="MAX_THREADS" />
        <ChoiceField
          label="Durations"
          value={typed.durations}
          options={[["median", "Median"], ["p90", "90 % are shorter"]]}
          onInput={(one) => onType({ durations: one === "p90" ? "p90" : "median" })}
        />
      </div>
      <TextField
        label="Assumptions"
        rows={4}
        mono
        value={typed.assume}
        onInput={(assume) => onType({ assume })}
        problem={problem}
        hint="One a line: load=3h, or nightly.load=failed."
      />
      {can("author") && (
        <details>
          <summary>Changed definitions</summary>
          <TextField label="YAML, applied to the simulation only" rows={8} mono value={typed.definitions} onInput={(definitions) => onType({ definitions })} />
        </details>
      )}
      <button class="primary" aria-disabled={busy || undefined} aria-busy={busy || undefined}>Simulate</button>
    </form>
  );
}

function Answer({ simulation }: { simulation: Simulation }) {
  const { counts, assumed, notes, idle } = simulation;
  const zone = zoneFor(zoneMode.value, simulation.timezone);
  const time = (at: string) => absolute(new Date(at), zone, now.peek());
  const number = (count: number, noun: string) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const parts = [
    `${number(counts.runs, "run")} of ${number(counts.workflows, "workflow")}`,
    ...[[counts.late, "late"], [counts.failed, "failed"], [counts.skipped, "skipped"], [counts.moved, "moved"], [counts.unfinished, "not finished at the end"]]
      .filter(([count]) => count !== 0)
      .map(([count, words]) => `${count?.toLocaleString("en")} ${words}`),
    `at most ${number(counts.most_at_once, "run")} at once (MAX_THREADS ${simulation.max_runs})`,
  ];
  return (
    <>
      <p role="status">
        <strong>{parts.join("; ")}.</strong>{" "}
        <span class="faint">
          {time(simulation.begin)} to {time(simulation.until)}
          {idle && ", starting with nothing in progress"}.
        </span>
      </p>
      {notes.map((note) => <p key={note} class="faint">{note}</p>)}
      {assumed.length > 0 && (
        <p class="faint" title={assumed.join(", ")}>
          No history, 1 min assumed: {number(assumed.length, "task")} ({assumed.slice(0, 5).join(", ")}{assumed.length > 5 && " …"}).
        </p>
      )}
      {simulation.left_out > 0 && <p class="lost">{number(simulation.left_out, "run")} and skipped fires are only counted; choose a shorter time to see them.</p>}
      {simulation.runs.length + simulation.skipped.length > 0 && <Chart simulation={simulation} zone={zone} />}
      <Attention simulation={simulation} zone={zone} />
    </>
  );
}
