/** The button that drains a machine, or gives it tasks again. */

import { api } from "../../api/client";
import { Icon } from "../../components/icons";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import type { Worker } from "./words";

async function setDraining(worker: string, draining: boolean, again: () => void): Promise<void> {
  const path = draining ? "/api/v1/workers/{worker}/drain" : "/api/v1/workers/{worker}/resume";
  if (!(await attempt(() => api.POST(path, { params: { path: { worker } } })))) return;
  again();
  const undo = () => void setDraining(worker, false, again);
  if (draining) say(`${worker} is given nothing more. What runs there continues.`, undo);
  else say(`${worker} is given tasks again.`);
}

export function DrainButton({ worker: { name, state, draining }, again }: { worker: Worker; again: () => void }) {
  if (state === "invited" || state === "expired") return null;
  return draining ? (
    <Press class="primary" aria-label={`Resume ${name}`} act={() => setDraining(name, false, again)}>
      <Icon name="runs" /> Resume
    </Press>
  ) : (
    <Press aria-label={`Drain ${name}`} title="Give it nothing more; what runs there continues" act={() => setDraining(name, true, again)}>
      <Icon name="pause" /> Drain
    </Press>
  );
}
