/** Which task and attempt a run opens at. Pure. */

import type { Shapes } from "../../api/client";

export type RunAnswer = Shapes["RunAnswer"];
export type TaskRun = Shapes["TaskRunAnswer"];
export type Attempt = Shapes["AttemptAnswer"];

export interface Choice {
  task: TaskRun | undefined;
  attempt: Attempt | undefined;
}

/** What the address names, else what failed first, else what runs, else what ended last. */
export function choose(run: RunAnswer, task: string | undefined, number: number | undefined): Choice {
  const named = run.tasks.find(({ id }) => id === task);
  if (named) return { task: named, attempt: attemptOf(named, number) };
  const found =
    run.tasks.find(({ state }) => state === "failed") ??
    run.tasks.find(({ state }) => state === "unknown") ??
    run.tasks.find(({ state }) => state === "running") ??
    run.tasks.find(({ state }) => state === "waiting") ??
    lastOver(run.tasks) ??
    run.tasks[0];
  return { task: found, attempt: found && attemptOf(found, undefined) };
}

function attemptOf(task: TaskRun, number: number | undefined): Attempt | undefined {
  return task.attempts.find((one) => one.number === number) ?? task.attempts.at(-1);
}

function lastOver(tasks: TaskRun[]): TaskRun | undefined {
  const over = tasks.filter(({ finished_at, attempts }) => finished_at && attempts.length > 0);
  return over.reduce<TaskRun | undefined>((last, one) => (last && (last.finished_at ?? "") > (one.finished_at ?? "") ? last : one), undefined);
}

/** For each task the other machine that has its last attempt, if one does. */
export function machinesOf(run: RunAnswer): Record<string, string> {
  const pairs = run.tasks.map(({ id, attempts }) => [id, attempts.at(-1)?.worker]);
  return Object.fromEntries(pairs.filter(([, worker]) => worker)) as Record<string, string>;
}

const OPEN = new Set(["queued", "running"]);
export const isOpen = (run: { state: string }) => OPEN.has(run.state);

const BUSY = new Set(["ready", "launching", "running", "checking_outputs"]);
/** Whether its command may still write. */
export const isBusy = (attempt: Attempt) => BUSY.has(attempt.state);
