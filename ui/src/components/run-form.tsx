/** The form that asks for the parameters of a run before it starts. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";

import { api, Problem, take } from "../api/client";
import { changedParameters, parametersOf, problemsAt, typedForRun, type Parameters, type TypedParameters } from "../api/parameters";
import { go, link } from "../router";
import { Dialog } from "./dialog";
import { Form } from "./form";
import { ParameterFields } from "./parameter-fields";

interface Wanted {
  workflow: string;
  parameters: Parameters;
  /** The run whose values stand in the form at first. */
  again?: { id: string; params: Record<string, unknown> };
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

export function RunForms() {
  const asked = wanted.value;
  return asked && <RunForm key={asked.again?.id ?? asked.workflow} wanted={asked} />;
}

function RunForm({ wanted: { workflow, parameters, again } }: { wanted: Wanted }) {
  const [before] = useState<TypedParameters>(() => typedForRun(parameters, again?.params));
  const [values, setValues] = useState(before);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const close = () => (wanted.value = null);

  async function submit(): Promise<void> {
    const params = changedParameters(parameters, before, values);
    try {
      const started = again
        ? await take(api.POST("/api/v1/runs/{run}/retry", { params: { path: { run: again.id } }, body: { everything: true, params } }))
        : await take(api.POST("/api/v1/workflows/{workflow}/runs", { params: { path: { workflow } }, body: { params } }));
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
