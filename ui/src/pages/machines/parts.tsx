/** The state of a machine, its slots and its version, as the list and its own page show them. */

import { Icon } from "../../components/icons";
import { State } from "../../components/state";
import { Time } from "../../time/time";
import { clockOf, stateOf, taken, type Worker } from "./words";

export function MachineState({ worker }: { worker: Worker }) {
  const clock = clockOf(worker);
  return (
    <div class="machine-state">
      <State state={stateOf(worker)} />
      {worker.silent_since && <span class="faint"> since <Time at={worker.silent_since} seconds /></span>}
      {worker.state === "invited" && <span class="faint"> until <Time at={worker.expires_at} /></span>}
      {worker.lack && <p class="reason">It starts nothing now: {worker.lack}.</p>}
      {worker.draining && worker.state !== "draining" && <span class="faint">, draining</span>}
      {clock && <p class="warn"><Icon name="waiting" /> {clock}</p>}
    </div>
  );
}

export function Slots({ worker }: { worker: Worker }) {
  const { name, used } = worker;
  const { slots } = taken(worker);
  return (
    <span class="slots numbers">
      {/* Fewer slots may have been given to it than are in use. */}
      <progress class="progress" aria-label={`Slots of ${name} in use`} max={slots} value={Math.min(used, slots)} />
      <span>{used} of {slots}</span>
    </span>
  );
}

export function Version({ worker: { version, state } }: { worker: Worker }) {
  if (state !== "incompatible") return <span>{version ?? "–"}</span>;
  return (
    <span class="bad" title="Too far from the scheduler's version: it is given nothing">
      <Icon name="warning" /> {version} <span class="unseen">is too far from the scheduler's version: it is given nothing</span>
    </span>
  );
}
