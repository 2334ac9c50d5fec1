/** A workflow to begin with, as YAML. Pure. */

export function template(id: string): string {
  return `id: ${id}
description: ""
tasks:
  - id: task_1
    command: echo
    args: Hello World

# When it runs; remove the first # of each line to use it.
# schedules:
#   - cron: "0 0 * * mon-fri"
`;
}

/** The identifier that a text gives its workflow. */
export function idOf(text: string): string | null {
  return /^id: *(["']?)([\w.-]+)\1 *(#.*)?$/m.exec(text)?.[2] ?? null;
}
