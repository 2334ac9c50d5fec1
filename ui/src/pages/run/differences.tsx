/** What differs from the last good run: the first that a failed run says. */

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Section } from "../../components/layout";
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
    <Section
      title={other ? "Different from the last good run" : "No good run to compare with"}
      beside={other && <a href={link("runs", other)}><Time at={data.compared_at ?? ""} zone={zone} /></a>}
    >
      <div class="body differences">
        {data.summary && <p>{data.task}: {data.summary}</p>}
        {data.differences.length > 0 && (
          <ul>
            {data.differences.map((one) => <li key={one.text}>{one.text}</li>)}
          </ul>
        )}
        {output && (
          <dl class="facts">
            <dt>{output.stream}, line {output.line}</dt>
            <dd class="mono">{output.text ?? "(no such line)"}</dd>
            <dt>Was</dt>
            <dd class="mono">{output.was ?? "(no such line)"}</dd>
          </dl>
        )}
      </div>
    </Section>
  );
}
