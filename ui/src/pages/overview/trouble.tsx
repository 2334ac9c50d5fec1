/** What failed and what was skipped since yesterday: each with its reason, and a button for the next step. */

import { retry, runNow } from "../../components/actions";
import { Icon } from "../../components/icons";
import { Empty, Section } from "../../components/layout";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { NextCommands, Why } from "../../components/why";
import { link } from "../../router";
import { can } from "../../session";
import { Time } from "../../time/time";
import type { OverviewData } from "./data";

interface TroubleProps {
  failed: OverviewData["failed"];
  skipped: OverviewData["skipped"];
}

export function Trouble({ failed, skipped }: TroubleProps) {
  return (
    <Section title="Since yesterday" beside={<a href={link("runs", { state: "failed" })}>All failed runs</a>}>
      {failed.length + skipped.length === 0 ? (
        <Empty words="No run failed, and no fire was skipped." />
      ) : (
        <ul class="happenings">
          {failed.map((run) => (
            <li key={run.id} data-row>
              <State state={run.state} small />
              <div class="what">
                <a href={link("runs", run.id)}>{run.workflow_id}</a> <Time at={run.finished_at ?? run.queued_at} zone={run.timezone} />
                <p class="reason">{run.reason}</p>
                <Why run={run.id} why={run.why} />
                {run.why && <NextCommands run={run.id} />}
              </div>
              {can("operator") && (
                <Press data-key="r" data-ask={`Retry ${run.workflow_id} from where it failed?`} aria-label={`Retry ${run.workflow_id} from where it failed`} act={() => retry(run.id, false)}>
                  <Icon name="again" /> Retry
                </Press>
              )}
            </li>
          ))}
          {skipped.map((fire) => (
            <li key={`${fire.schedule_id}${fire.nominal_utc}`} data-row>
              <State state={fire.disposition} small />
              <div class="what">
                <a href={fire.workflow_id ? link("workflows", fire.workflow_id) : link("schedules")}>
                  {fire.workflow_id ?? fire.schedule_id}
                </a>{" "}
                <Time at={fire.nominal_utc} zone={fire.timezone} />
                {fire.until_utc && (
                  <>
                    {" "}
                    to <Time at={fire.until_utc} zone={fire.timezone} /> <span class="tag">{fire.count.toLocaleString("en")} times</span>
                  </>
                )}
                <p class="reason">{fire.reason}</p>
              </div>
              {can("operator") && fire.workflow_id && (
                <Press data-key="r" data-ask={`Run ${fire.workflow_id} now?`} aria-label={`Run ${fire.workflow_id} now`} act={() => runNow(fire.workflow_id ?? "")}>
                  <Icon name="runs" /> Run now
                </Press>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
