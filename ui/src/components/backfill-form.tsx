/** The form that runs past times again: a range of a workflow's schedules, and first a preview of what will run. */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import "./backfill-form.css";

import { api, Problem, take, type Shapes } from "../api/client";
import { changedParameters, parametersOf, problemsAt, typedForRun, type Parameters, type TypedParameters } from "../api/parameters";
import { go, link } from "../router";
import { absolute } from "../time/format";
import { now } from "../time/settings";
import { confirm, Dialog } from "./dialog";
import { ChoiceField, TextField } from "./fields";
import { Form } from "./form";
import { ParameterFields } from "./parameter-fields";
import { State } from "./state";

interface Wanted {
  /** The workflows to choose from. */
  workflows: string[];
  from?: string;
  to?: string;
}

type Plan = Shapes["BackfillPlanAnswer"];

/** Above this, it is asked once more. */
const MANY = 200;
/** Rows of the preview at each of its ends. */
const EDGE = 6;

const wanted = signal<Wanted | null>(null);

export function askForBackfill(asked: Wanted): void {
  wanted.value = asked;
}

export function BackfillForms() {
  const asked = wanted.value;
  return asked && <BackfillForm wanted={asked} />;
}

const ONLY: [string, string][] = [
  ["missing", "Times without a run"],
  ["failed", "Times whose last run did not succeed"],
  ["all", "All times"],
];
const ORDER: [string, string][] = [["oldest", "Oldest first"], ["newest", "Newest first"]];

function BackfillForm({ wanted: { workflows, from = "", to = "" } }: { wanted: Wanted }) {
  const [typed, setTyped] = useState({ workflow: workflows[0] ?? "", from, to, schedule: "", only: "missing", order: "oldest", parallel: "1", between: "" });
  const [parameters, setParameters] = useState<Parameters>({});
  const [schedules, setSchedules] = useState<string[]>([]);
  const [values, setValues] = useState<TypedParameters>({});
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [plan, setPlan] = useState<Plan>();
  const close = () => (wanted.value = null);
  const workflow = typed.workflow;

  useEffect(() => {
    const ending = new AbortController();
    take(api.GET("/api/v1/workflows/{workflow}", { params: { path: { workflow } }, signal: ending.signal })).then(
      (found) => {
        if (!found) return;
        setParameters(parametersOf(found.params));
        setSchedules(found.schedules.map(({ id }) => id));
      },
      () => undefined,
    );
    return () => ending.abort();
  }, [workflow]);

  const change = (name: keyof typeof typed) => (value: string) => {
    setPlan(undefined);
    setTyped((before) => ({ ...before, [name]: value, ...(name === "workflow" && { schedule: "" }) }));
  };

  const before = (): TypedParameters => Object.fromEntries(Object.keys(typedForRun(parameters)).map((name) => [name, ""]));

  function send(dry_run: boolean) {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
    const params = changedParameters(parameters, before(), { ...before(), ...given });
    const { from, to, schedule, only, order, parallel, between } = typed;
    const body = {
      ...{ workflow, from, to, params, dry_run, parallel: Number(parallel) },
      only: only as Shapes["Only"],
      order: order as Shapes["Order"],
      schedule: schedule || null,
      between: between || null,
    };
    return take(api.POST("/api/v1/backfills", { body }));
  }

  async function submit(): Promise<void> {
    try {
      setProblems({});
      if (plan === undefined) return setPlan((await send(true)) as Plan);
      const count = plan.will_run.toLocaleString("en");
      if (plan.will_run === 0) throw new Error("There is nothing to run in this range: every time is left out.");
      if (plan.will_run > MANY && !(await confirm(`Start ${count} runs?`, "These are many runs. You can pause or cancel the backfill later.", `Start ${count} runs`))) return;
      const created = (await send(false)) as Shapes["BackfillCreated"];
      close();
      go(link("backfills", created.id));
    } catch (error) {
      setProblems(error instanceof Problem ? problemsAt(error.errors) : {});
      throw error;
    }
  }

  const runs = plan && `Start ${plan.will_run.toLocaleString("en")} ${plan.will_run === 1 ? "run" : "runs"}`;
  return (
    <Dialog title={workflows.length === 1 ? `Run past times of ${workflow}` : "Run past times"} onClose={close} wide>
      <Form action={runs ?? "Show what will run"} onSubmit={submit}>
        {workflows.length > 1 && <ChoiceField label="Workflow" value={workflow} options={workflows.map((one) => [one, one])} onInput={change("workflow")} />}
        <div class="pair">
          <TextField label="From" value={typed.from} onInput={change("from")} required autofocus placeholder="2026-11-01" hint="A date, or a date and time, in the schedule's zone." />
          <TextField label="To" value={typed.to} onInput={change("to")} required placeholder="2026-11-20" hint="A date includes the whole day." />
        </div>
        <div class="pair">
          <ChoiceField label="Run" value={typed.only} options={ONLY} onInput={change("only")} />
          <ChoiceField label="Schedule" value={typed.schedule} options={[["", "All schedules"], ...schedules.map((one): [string, string] => [one, one])]} onInput={change("schedule")} />
        </div>
        <div class="pair">
          <ChoiceField label="Order" value={typed.order} options={ORDER} onInput={change("order")} />
          <TextField label="Runs at the same time" type="number" value={typed.parallel} onInput={change("parallel")} required />
          <TextField label="Only between" value={typed.between} onInput={change("between")} placeholder="20:00-06:00" hint="Hours in which runs start." />
        </div>
        {Object.keys(parameters).length > 0 && <p class="hint">A parameter that you leave empty has the value that its schedule gives.</p>}
        <ParameterFields
          parameters={parameters}
          values={values}
          problems={problems}
          onInput={(name, value) => (setPlan(undefined), setValues((known) => ({ ...known, [name]: value })))}
          defaults
        />
        {plan && <Preview plan={plan} />}
      </Form>
    </Dialog>
  );
}

function Preview({ plan }: { plan: Plan }) {
  const { moments, will_run, left_out, notes } = plan;
  const cut = moments.length > 2 * EDGE + 1;
  const several = new Set(moments.map(({ schedule_id }) => schedule_id)).size > 1;
  const row = (one: Plan["moments"][number]) => (
    <tr key={`${one.schedule_id} ${one.nominal_utc}`} class={one.outlook === "will_run" ? undefined : "faint"}>
      <td>
        {absolute(new Date(one.nominal_utc), one.timezone, now.value)}
        {several && <span class="faint"> {one.schedule_id}</span>}
      </td>
      <td>{one.run_state ? <State state={one.run_state} /> : <span class="faint">{one.disposition?.replaceAll("_", " ") ?? "no run"}</span>}</td>
      <td>{one.what}</td>
    </tr>
  );
  return (
    <section class="backfill-preview" aria-label="What will run">
      {notes.map((note) => <p key={note} class="hint">{note}</p>)}
      <p role="status">
        <b>{will_run.toLocaleString("en")} will run</b>
        {left_out > 0 && `, ${left_out.toLocaleString("en")} left out`}
      </p>
      {moments.length > 0 && (
        <table>
          <thead><tr><th>Time</th><th>Last run</th><th>What happens</th></tr></thead>
          <tbody>
            {(cut ? moments.slice(0, EDGE) : moments).map(row)}
            {cut && <tr class="faint"><td colSpan={3}>… {(moments.length - 2 * EDGE).toLocaleString("en")} more</td></tr>}
            {cut && moments.slice(-EDGE).map(row)}
          </tbody>
        </table>
      )}
    </section>
  );
}
