/** Why a run failed: the last lines of what failed, as the scheduler has made them safe to show, and the commands to go on with. */

import type { components } from "../api/schema";
import { link } from "../router";

export function Why({ run, why }: { run: string; why: components["schemas"]["WhyAnswer"] | null | undefined }) {
  if (!why) return null;
  return (
    <figure class="last-lines">
      <figcaption class="faint">
        {why.cut ? "Last lines" : "Output"} of {why.task} ({why.stream}) · <a href={link("runs", run, why.task)}>All output</a>
      </figcaption>
      <pre>{why.lines.join("\n")}</pre>
    </figure>
  );
}

export function NextCommands({ run }: { run: string }) {
  return (
    <p class="next-commands faint">
      In a terminal: <code>scheduler runs logs {run}</code> <code>scheduler runs retry {run}</code>
    </p>
  );
}
