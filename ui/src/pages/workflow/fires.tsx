/** The next fires of a trigger, with their zone, and where the clocks change between two of them. */

import type { Shapes } from "../../api/client";
import { Icon } from "../../components/icons";
import { State } from "../../components/state";
import { Time } from "../../time/time";

export function Fires({ fires, zone }: { fires: Shapes["Fire"][]; zone: string }) {
  if (fires.length === 0) return <p class="fires faint">No further fires.</p>;
  return (
    <ol class="fires" aria-label="Next fires">
      {fires.map((fire) => (
        <li key={`${fire.nominal ?? ""}${fire.utc}`} class={fire.disposition ? "faint" : undefined}>
          {fire.clock_change && (
            <span class="tag warned" title={`The clock in ${zone} changes by ${fire.clock_change} before this fire.`}>
              <Icon name="waiting" /> clock {fire.clock_change}
            </span>
          )}
          {fire.disposition && <State state={fire.disposition} small />}
          {fire.nominal && !fire.disposition && (
            <span class="faint">
              <Time at={fire.nominal} zone={zone} /> →{" "}
            </span>
          )}
          <Time at={fire.utc} zone={zone} />
          {fire.note && <span class="reason">{fire.note}</span>}
        </li>
      ))}
    </ol>
  );
}
