/** Moving and deleting tasks. */

import { api, type Shapes } from "../../api/client";
import { attempt, say } from "../../components/notices";
import type { Plain } from "./task-values";

type WorkflowAnswer = Shapes["WorkflowAnswer"];

const looked = (workflow: WorkflowAnswer) => ({ "if-match": String(workflow.version) });

/** Move a task to another position, from 1. */
export async function moveTask(workflow: WorkflowAnswer, task: string, position: number): Promise<void> {
  const params = { path: { workflow: workflow.id, task }, header: looked(workflow) };
  await attempt(() => api.POST("/api/v1/workflows/{workflow}/tasks/{task}/move", { params, body: { position } }));
}

/** Delete a task; the notice that it is gone adds it again where it was. */
export async function deleteTask(workflow: WorkflowAnswer, task: Plain): Promise<void> {
  const name = String(task["id"]);
  const position = workflow.tasks.findIndex((one) => one["id"] === name) + 1;
  await attempt(async () => {
    const params = { path: { workflow: workflow.id, task: name }, header: looked(workflow) };
    await api.DELETE("/api/v1/workflows/{workflow}/tasks/{task}", { params });
    say(`Deleted ${name}.`, () => void attempt(() => addAgain(workflow.id, task, position), `Restored ${name}.`));
  });
}

async function addAgain(workflow: string, task: Plain, position: number): Promise<void> {
  // Adding overwrites nothing, whatever was changed meanwhile.
  const header = { "if-match": "*" };
  await api.POST("/api/v1/workflows/{workflow}/tasks", { params: { path: { workflow }, header }, body: { task: task as Shapes["TaskModel"], position } });
}
