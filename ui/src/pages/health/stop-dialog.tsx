/** The question before the scheduler is stopped or restarted: what becomes of the commands that run. */

import { useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Dialog } from "../../components/dialog";
import { ChoiceField } from "../../components/fields";
import { Form } from "../../components/form";
import { say } from "../../components/notices";
import { aboutEnding, HOWS, type How } from "./words";

interface EndingProps {
  restarts: boolean;
  onClose: () => void;
}

export function Ending({ restarts, onClose }: EndingProps) {
  const [how, setHow] = useState<How>("leave");
  const overview = useLive((signal) => take(api.GET("/api/v1/overview", { signal })), (one) => one.kind.startsWith("run."), []);
  const running = overview.data?.counts.running;

  async function end(): Promise<void> {
    const path = restarts ? "/api/v1/engine/restart" : "/api/v1/engine/stop";
    const asked = await take(api.POST(path, { body: { how } }));
    onClose();
    say(aboutEnding(restarts, how, asked.runs_running));
  }

  return (
    <Dialog title={restarts ? "Restart the scheduler?" : "Stop the scheduler?"} onClose={onClose}>
      <Form action={restarts ? "Restart" : "Stop"} onSubmit={end}>
        <p>
          {restarts
            ? "No schedule fires until the scheduler is back; then each schedule catches up on missed fires as it is set to. This page reconnects by itself."
            : "No schedule fires while the scheduler is stopped, and the web interface stops with it. Only the command 'scheduler start' starts it again."}
        </p>
        <ChoiceField
          label="Running commands"
          value={how}
          options={Object.entries(HOWS).map(([one, { short }]) => [one, short])}
          onInput={(value) => setHow(value as How)}
          hint={HOWS[how].words}
        />
        <p class="note" role="status">
          {running === undefined ? "" : running === 1 ? "1 run is in progress." : `${running} runs are in progress.`}
        </p>
      </Form>
    </Dialog>
  );
}
