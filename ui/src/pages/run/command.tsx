/** The command of an attempt as it ran. */

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { ProblemBox } from "../../components/layout";
import { isBusy, type Attempt } from "./choose";

export function Command({ run, task, attempt }: { run: string; task: string; attempt: Attempt }) {
  const { data, problem, again } = useLive(
    (signal) =>
      take(
        api.GET("/api/v1/runs/{run}/tasks/{task}/attempts/{attempt}/command", {
          params: { path: { run, task, attempt: attempt.number } },
          signal,
        }),
      ),
    (one) => one.run_id === run && one.task_id === task && isBusy(attempt),
    [run, task, attempt.number],
  );
  if (problem) return <ProblemBox problem={problem} again={again} />;
  if (!data) return null;
  const names = Object.entries(data.environment);
  return (
    <div>
      <h3>Command as it ran</h3>
      {data.argv ? (
        <pre class="argv" tabIndex={0} aria-label="Command">
          {data.argv.map(quoted).join(" ")}
        </pre>
      ) : (
        <p class="faint">{data.started ? "Not recorded." : "Not started yet."}</p>
      )}
      <dl class="facts">
        {data.cwd && (
          <>
            <dt>Working folder</dt>
            <dd class="mono">{data.cwd}</dd>
          </>
        )}
        {data.env_file && (
          <>
            <dt>Environment file</dt>
            <dd class="mono">{data.env_file}</dd>
          </>
        )}
        {names.length > 0 && (
          <>
            <dt>Environment added</dt>
            <dd class="mono">
              {names.map(([name, mask]) => (
                <span class="variable" key={name}>
                  {name}={mask}
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

/** As one would type it; on Windows it is one line already. */
function quoted(word: string, _at: number, all: string[]): string {
  if (all.length === 1 || /^[\w@%+=:,./\\-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
