/** What differs from the last good run: the first that a failed run says. */

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { link } from "../../router";
import { Time } from "../../time/time";

export function Differences({ run, zone }: { run: string; zone: string | null }) {
  const { data } = useLive(
    (signal) => take(api.GET("/api/v1/runs/{run}/difference", { params: { path: { run } }, signal })),
    (one) => one.run_id === run,
    [run],
  );
  if (!data?.task) return null;
  const { compared_with: other, output } = data;
  return (
    <section class="card body stack" aria-label="Difference from the last good run">
      <h2>
        {other ? (
          <>
            {data.task}: compared with the <a href={link("runs", other)}>last good run</a>, <Time at={data.compared_at} zone={zone} />
          </>
        ) : (
          data.task
        )}
      </h2>
      {data.summary && <p>{data.summary}</p>}
      {data.differences.length > 0 && (
        <ul>
          {data.differences.map((one) => (
            <li key={one.text}>{one.text}</li>
          ))}
        </ul>
      )}
      {output && (
        <dl class="facts">
          <dt>
            {output.stream}, line {output.line}
          </dt>
          <dd class="mono">{output.text ?? "(no such line)"}</dd>
          <dt>Was</dt>
          <dd class="mono">{output.was ?? "(no such line)"}</dd>
        </dl>
      )}
    </section>
  );
}
