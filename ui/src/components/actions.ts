/** What can be done to workflows, runs and schedules from more than one page. */

import { api, take } from "../api/client";
import { go, link } from "../router";
import { confirm } from "./dialog";
import { attempt, say } from "./notices";
import { askForParameters } from "./run-form";

/** Ask for its parameters first, if it has any. */
export async function runNow(workflow: string): Promise<void> {
  await attempt(async () => {
    if (await askForParameters(workflow)) return;
    const started = await take(
      api.POST("/api/v1/workflows/{workflow}/runs", { params: { path: { workflow } } }),
    );
    go(link("runs", started.id));
  });
}

export async function retry(run: string, everything: boolean): Promise<void> {
  await attempt(async () => {
    const started = await take(
      api.POST("/api/v1/runs/{run}/retry", { params: { path: { run } }, body: { everything, params: {} } }),
    );
    go(link("runs", started.id));
  });
}

/** Run all again after asking for other values of its parameters. */
export async function retryWith(run: string, workflow: string, params: Record<string, unknown>): Promise<void> {
  await attempt(async () => void (await askForParameters(workflow, { id: run, params })));
}

export async function cancel(run: string): Promise<void> {
  const words = "Its commands are asked to stop, and killed if they do not stop in time.";
  if (await confirm(`Cancel run ${run}?`, words, "Cancel run")) {
    await attempt(() => api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } } }), "The run is being cancelled.");
  }
}

export async function setPaused(kind: "workflow" | "schedule", id: string, paused: boolean): Promise<void> {
  const done = await attempt(async () => {
    if (kind === "workflow") {
      const path = paused ? "/api/v1/workflows/{workflow}/pause" : "/api/v1/workflows/{workflow}/resume";
      await api.POST(path, { params: { path: { workflow: id } } });
    } else {
      const path = paused ? "/api/v1/schedules/{schedule}/pause" : "/api/v1/schedules/{schedule}/resume";
      await api.POST(path, { params: { path: { schedule: id } } });
    }
  });
  if (done) say(paused ? `Paused ${id}.` : `Resumed ${id}.`, paused ? () => void setPaused(kind, id, false) : undefined);
}

/** Skip the next run of a schedule, and that alone; the notice takes it back. */
export async function skipNext(id: string): Promise<void> {
  const skip = (count: number) => api.POST("/api/v1/schedules/{schedule}/skip", { params: { path: { schedule: id } }, body: { count } });
  const done = await attempt(() => skip(1));
  if (done) say(`The next run of ${id} is skipped.`, () => void attempt(() => skip(0), `${id} skips no run.`));
}

/** Keep every schedule from firing, or let them fire again; `again` loads what is shown. */
export async function setPlannerPaused(paused: boolean, again: () => void): Promise<void> {
  const words = "No schedule fires until you resume them, and fires due in the meantime are skipped. Runs in progress continue.";
  if (paused && !(await confirm("Pause all schedules?", words, "Pause all schedules"))) return;
  const path = paused ? "/api/v1/planner/pause" : "/api/v1/planner/resume";
  if (await attempt(() => api.POST(path), paused ? "Paused all schedules." : "Resumed the schedules.")) again();
}

/** Delete after asking; the notice that it is gone brings it back. */
export async function deleteWorkflow(workflow: string, version: string): Promise<void> {
  const words = "Its schedules and webhooks are deleted too. Its runs are kept, and you can undo this.";
  if (!(await confirm(`Delete ${workflow}?`, words, "Delete"))) return;
  await attempt(async () => {
    const gone = await take(
      api.DELETE("/api/v1/workflows/{workflow}", { params: { path: { workflow }, header: { "if-match": version } } }),
    );
    go(link("workflows"));
    say(`Deleted ${workflow}.`, () => {
      void attempt(async () => {
        await api.POST("/api/v1/workflows/{workflow}/restore", {
          params: { path: { workflow } },
          body: { yaml: gone.yaml },
        });
        go(link("workflows", workflow));
      }, `Restored ${workflow}.`);
    });
  });
}
