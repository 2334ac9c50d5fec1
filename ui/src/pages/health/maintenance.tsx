/** What admins do to the scheduler now and then: delete old runs, restart it, stop it. */

import { useState } from "preact/hooks";

import { Section } from "../../components/layout";
import { Ending } from "./stop-dialog";
import { PruneDialog } from "./prune-dialog";

export function Maintenance() {
  const [open, setOpen] = useState<"prune" | "restart" | "stop">();
  const close = () => setOpen(undefined);
  return (
    <Section title="Maintenance">
      <div class="body row">
        <button onClick={() => setOpen("prune")}>Delete old runs…</button>
        <button onClick={() => setOpen("restart")}>Restart…</button>
        <button class="danger" onClick={() => setOpen("stop")}>
          Stop…
        </button>
      </div>
      {open === "prune" && <PruneDialog onClose={close} />}
      {(open === "restart" || open === "stop") && <Ending restarts={open === "restart"} onClose={close} />}
    </Section>
  );
}
