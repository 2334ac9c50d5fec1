/** Deleting old runs: counted first, as often as the limits change, and done only then. */

import { useEffect, useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { Dialog } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import { limitOf } from "./words";

const PAUSE = 250;
const MOST_DAYS = 36_500;
const MOST_RUNS = 1_000_000_000;

export function PruneDialog({ onClose }: { onClose: () => void }) {
  const [days, setDays] = useState("");
  const [runs, setRuns] = useState("");
  const [found, setFound] = useState<{ runs?: number; problem?: string }>({});
  const limits = { days: limitOf(days, MOST_DAYS), runs: limitOf(runs, MOST_RUNS) };
  const typed = limits.days !== undefined && limits.runs !== undefined;

  useEffect(() => {
    setFound({});
    if (!typed) return undefined;
    const ending = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { runs: count } = await take(api.POST("/api/v1/prune", { body: { ...limits, dry_run: true }, signal: ending.signal }));
        if (!ending.signal.aborted) setFound({ runs: count });
      } catch (error) {
        if (!ending.signal.aborted) setFound({ problem: (error as Error).message });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [days, runs]);

  async function forget(): Promise<void> {
    const done = await attempt(async () => {
      const gone = await take(api.POST("/api/v1/prune", { body: { ...limits, dry_run: false } }));
      say(`${counted(gone.runs)} deleted.`);
    });
    if (done) onClose();
  }

  return (
    <Dialog title="Delete old runs" onClose={onClose}>
      <div class="words stack">
        <p>Runs that have ended are deleted, with what their commands wrote. The last run of each workflow stays.</p>
        <div class="fields">
          <TextField
            label="Keep the last … days"
            value={days}
            onInput={setDays}
            placeholder="as RETENTION_DAYS says"
            problem={limits.days === undefined ? "A whole number of days, or nothing." : undefined}
            hint="0: no limit."
          />
          <TextField
            label="Keep … runs of each workflow"
            value={runs}
            onInput={setRuns}
            placeholder="as RETENTION_RUNS says"
            problem={limits.runs === undefined ? "A whole number of runs, or nothing." : undefined}
            hint="0: no limit."
          />
        </div>
        <p role="status">{found.problem ?? (typed ? aboutCount(found.runs) : "")}</p>
      </div>
      <footer>
        <button onClick={onClose}>Keep them</button>
        <Press class="danger" disabled={!found.runs} act={() => forget()}>
          Delete them
        </Press>
      </footer>
    </Dialog>
  );
}

const counted = (runs: number) => (runs === 1 ? "1 run is" : `${runs.toLocaleString("en")} runs are`);

function aboutCount(runs: number | undefined): string {
  if (runs === undefined) return "They are being counted …";
  if (runs === 0) return "No run is beyond that: there is nothing to forget.";
  return `${counted(runs)} beyond that. Deleted runs cannot be restored.`;
}
