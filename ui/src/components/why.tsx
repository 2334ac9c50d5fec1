/** The last lines of what failed, as the scheduler has made them safe to show. */

import type { components } from "../api/schema";

export function Why({ why }: { why: components["schemas"]["WhyAnswer"] | null | undefined }) {
  if (!why) return null;
  return (
    <figure class="last-lines">
      <figcaption class="faint">
        {why.task} wrote {why.cut ? "last " : ""}to {why.stream}
      </figcaption>
      <pre>{why.lines.join("\n")}</pre>
    </figure>
  );
}
