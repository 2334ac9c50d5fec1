/** The form that asks for the parameters of a run, and for the time that it is for, before it starts. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";

import { api, Problem, take } from "../api/client";
import { changedParameters, parametersOf, problemsAt, typedForRun, type Parameters, type TypedParameters } from "../api/parameters";
import { go, link } from "../router";
import { Dialog } from "./dialog";
import { TextField } from "./fields";
import { Form } from "./form";
import { ParameterFields } from "./parameter-fields";

interface Wanted {
  workflow: string;
  parameters: Parameters;
  /** The run whose values stand in the form at first. */
  again?: { id: string; params: Record<string, unknown> };
  /** Whether it asks for the time that the run is for. */
  dated?: boolean;
}

const wanted = signal<Wanted | null>(null);

/** Ask if the workflow has parameters; false if it has none. */
export async function askForParameters(workflow: string, again?: Wanted["again"]): Promise<boolean> {
  const found = await take(api.GET("/api/v1/workflows/{workflow}", { params: { path: { workflow } } }));
  const parameters = parametersOf(found.params);
  if (Object.keys(parameters).length === 0) return false;
  wanted.value = { workflow, parameters, again };
  return true;
}

/** Ask for the time that the run is for, and for parameters if the workflow has any. */
export async function askForTime(workflow: string): Promise<void> {
  const found = await take(api.GET("/api/v1/workflows/{workflow}", { params: { path: { workflow } } }));
  wanted.value = { workflow, parameters: parametersOf(found.params), dated: true };
}

export function RunForms() {
  const asked = wanted.value;
  return asked && <RunForm key={asked.again?.id ?? asked.workflow} wanted={asked} />;
}

function RunForm({ wanted: { workflow, parameters, again, dated } }: { wanted: Wanted }) {
  const [time, setTime] = useState("");
  const [before] = useState<TypedParameters>(() => typedForRun(parameters, again?.params));
  const [values, setValues] = useState(before);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const close = () => (wanted.value = null);

  async function submit(): Promise<void> {
    const params = changedParameters(parameters, before, values);
    try {
      const started = again
        ? await take(api.POST("/api/v1/runs/{run}/retry", { params: { path: { run: again.id } }, body: { everything: true, params } }))
        : await take(api.POST("/api/v1/workflows/{workflow}/runs", { params: { path: { workflow } }, body: { params, ...(dated && { for: time }) } }));
      close();
      go(link("runs", started.id));
    } catch (error) {
      setProblems(error instanceof Problem ? problemsAt(error.errors) : {});
      throw error;
    }
  }

  return (
    <Dialog title={again ? `Run ${workflow} again` : `Run ${workflow}`} onClose={close}>
      <Form action="Run" onSubmit={submit}>
        {dated && <TextField label="For" value={time} onInput={setTime} required autofocus placeholder="2026-11-20 01:00" hint="The date or time that the run is for, which its scripts and dates see." />}
        <ParameterFields
          parameters={parameters}
          values={values}
          problems={problems}
          onInput={(name, value) => setValues((typed) => ({ ...typed, [name]: value }))}
        />
      </Form>
    </Dialog>
  );
}
