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

  async function prune(): Promise<void> {
    const done = await attempt(async () => {
      const gone = await take(api.POST("/api/v1/prune", { body: { ...limits, dry_run: false } }));
      say(`Deleted ${counted(gone.runs)}.`);
    });
    if (done) onClose();
  }

  return (
    <Dialog title="Delete old runs" onClose={onClose}>
      <div class="words stack">
        <p>Finished runs are deleted together with their output. The last run of each workflow is kept.</p>
        <div class="fields">
          <TextField
            label="Days to keep"
            value={days}
            onInput={setDays}
            placeholder="default: RETENTION_DAYS"
            problem={limits.days === undefined ? "Enter a whole number of days, or leave it empty." : undefined}
            hint="0: no limit."
          />
          <TextField
            label="Runs to keep of each workflow"
            value={runs}
            onInput={setRuns}
            placeholder="default: RETENTION_RUNS"
            problem={limits.runs === undefined ? "Enter a whole number of runs, or leave it empty." : undefined}
            hint="0: no limit."
          />
        </div>
        <p role="status">{found.problem ?? (typed ? aboutCount(found.runs) : "")}</p>
      </div>
      <footer>
        <button onClick={onClose}>Cancel</button>
        <Press class="danger" disabled={!found.runs} act={() => prune()}>
          Delete runs
        </Press>
      </footer>
    </Dialog>
  );
}

const counted = (runs: number) => (runs === 1 ? "1 run" : `${runs.toLocaleString("en")} runs`);

function aboutCount(runs: number | undefined): string {
  if (runs === undefined) return "Counting …";
  if (runs === 0) return "No run is beyond these limits: nothing to delete.";
  return `${counted(runs)} will be deleted. Deleted runs cannot be restored.`;
}
