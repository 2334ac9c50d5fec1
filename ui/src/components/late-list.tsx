/** What is late, takes too long or is at risk now, the worst first. */

import { api, take, type Shapes } from "../api/client";
import { useLive } from "../live/live";
import { link } from "../router";
import { Time } from "../time/time";
import { Section } from "./layout";
import { State } from "./state";

export function LateList({ late }: { late: Shapes["LateAnswer"][] }) {
  if (late.length === 0) return null;
  return (
    <Section title="Late or at risk">
      <ul class="happenings">
        {late.map((one) => (
          <li key={[one.kind, one.run_id, one.task_id, one.due_utc].join(" ")} data-row>
            <State state={one.condition} small />
            <div class="what">
              <a href={one.run_id ? link("runs", one.run_id, ...(one.task_id ? [one.task_id] : [])) : link("workflows", one.workflow_id)}>{one.workflow_id}</a>{" "}
              <Time at={one.due_utc} zone={one.timezone} />
              <p class="reason">{one.reason}</p>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Those of one workflow. */
export function LateOf({ workflow }: { workflow: string }) {
  const { data } = useLive(
    (signal) => take(api.GET("/api/v1/late", { params: { query: { workflow } }, signal })),
    (one) => one.workflow_id === workflow && (one.kind.startsWith("run.") || one.kind.startsWith("deadline.")),
    [workflow],
  );
  return data ? <LateList late={data} /> : null;
}
