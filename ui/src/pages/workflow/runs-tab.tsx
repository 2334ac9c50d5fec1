/** The last runs of a workflow. */

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Empty, Section, Show } from "../../components/layout";
import { originOf } from "../../components/origin";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { link } from "../../router";
import { Time, Took } from "../../time/time";
import type { TabProps } from "./tab-props";

const SHOWN = 25;

export function RunsTab({ workflow }: TabProps) {
  const { id } = workflow;
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/runs", { params: { query: { workflow: id, limit: SHOWN } }, signal })),
    (one) => one.workflow_id === id && one.run_id !== undefined,
    [id],
  );
  return (
    <Section title="Last runs" beside={<a href={link("runs", { workflow: id })}>All runs</a>}>
      <Show loaded={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty words="No runs yet." />
          ) : (
            <div class="scroll">
              <Table heads={["State", "Run", "Started", ["Duration", "end"], "Started by", "Reason"]}>
                {items.map((run) => (
                  <tr key={run.id} data-row>
                    <td><State state={run.state} /></td>
                    <td><a class="mono" href={link("runs", run.id)}>{run.id}</a></td>
                    <td><Time at={run.started_at ?? run.queued_at} zone={run.timezone} /></td>
                    <td class="end numbers"><Took start={run.started_at} end={run.finished_at} /></td>
                    <td title={run.cause || undefined}>{originOf(run)}</td>
                    <td class="reason">{run.reason}</td>
                  </tr>
                ))}
              </Table>
            </div>
          )
        }
      </Show>
    </Section>
  );
}
