/** The runs in progress, how far they are, and when they should be over. */

import { cancel } from "../../components/actions";
import { Icon } from "../../components/icons";
import { Empty, Section } from "../../components/layout";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { link } from "../../router";
import { can } from "../../session";
import { Time, Took } from "../../time/time";
import type { OverviewData } from "./data";

export function Running({ runs }: { runs: OverviewData["running"] }) {
  return (
    <Section title="Running now">
      {runs.length === 0 ? (
        <Empty words="No runs in progress." />
      ) : (
        <ul class="happenings">
          {runs.map((run) => (
            <li key={run.id} data-row>
              <State state={run.state} small />
              <div class="what">
                <a href={link("runs", run.id)}>{run.workflow_id}</a>
                <progress
                  class="progress"
                  value={run.tasks_done}
                  max={Math.max(1, run.tasks_total)}
                  aria-label={`${run.tasks_done} of ${run.tasks_total} tasks`}
                />
                <p class="reason">
                  {run.tasks_done} of {run.tasks_total} tasks · <Took start={run.started_at} end={null} />
                  {run.expected_end_utc && (
                    <span class={run.late ? "warn" : undefined}>
                      {run.late ? " · longer than usual, expected " : " · expected end "}
                      <Time at={run.expected_end_utc} zone={run.timezone} />
                    </span>
                  )}
                </p>
              </div>
              {can("operator") && (
                <Press class="plain" aria-label={`Cancel the run of ${run.workflow_id}`} act={() => cancel(run.id)}>
                  <Icon name="stop" /> Cancel
                </Press>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
