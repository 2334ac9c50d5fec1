/** The first form of a workflow, and the document that it makes. Pure. */

export interface NewValues {
  id: string;
  description: string;
  command: string;
  args: string;
  when: "none" | "hourly" | "weekdays";
}

export const NEW: NewValues = { id: "", description: "", command: "echo", args: "Hello World", when: "none" };

const SCHEDULES = { none: [], hourly: [{ interval: 60 }], weekdays: [{ cron: "0 0 * * mon-fri" }] } as const;

/** The definition as JSON, which is YAML as well and needs no care with quotes. */
export function documentOf(values: NewValues, id: string): string {
  const task = { id: "task_1", command: values.command.trim(), ...(values.args ? { args: values.args } : {}) };
  return JSON.stringify({
    id,
    ...(values.description.trim() ? { description: values.description.trim() } : {}),
    tasks: values.command.trim() ? [task] : [],
    schedules: SCHEDULES[values.when],
  });
}

/** The next free workflow_N. */
export function firstFree(taken: Iterable<string>): string {
  const known = new Set(taken);
  let number = 1;
  while (known.has(`workflow_${number}`)) number += 1;
  return `workflow_${number}`;
}
