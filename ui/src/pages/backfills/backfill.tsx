/** One backfill: its progress, why it waits, what can be done, and each of its times with its run. */

import { api, take, type Shapes } from "../../api/client";
import { useLive, type Happening } from "../../live/live";
import { usePages } from "../../live/pages";
import { confirm } from "../../components/dialog";
import { Icon } from "../../components/icons";
import { Head, Section, Show } from "../../components/layout";
import { More } from "../../components/more";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { textOf } from "../../api/parameters";
import { link } from "../../router";
import { can } from "../../session";
import { Time, Took } from "../../time/time";
import { Progress } from "./progress";

type Detail = Shapes["BackfillDetail"];

export function Backfill({ id }: { id: string }) {
  const path = { backfill: id };
  const concerns = (one: Happening) => one.kind.startsWith("backfill.") || one.kind.startsWith("run.");
  const loaded = useLive((signal) => take(api.GET("/api/v1/backfills/{backfill}", { params: { path, query: { limit: 1 } }, signal })), concerns, [id]);
  const pages = usePages<Detail["moments"][number]>(
    async (cursor, signal) => {
      const found = await take(api.GET("/api/v1/backfills/{backfill}", { params: { path, query: { limit: 200, cursor } }, signal }));
      return { items: found.moments, next_cursor: found.next_cursor };
    },
    concerns,
    [id],
  );
  return (
    <Show loaded={loaded}>
      {(row) => (
        <>
          <Head
            title={`Backfill of ${row.workflow_id}`}
            above={<><a href={link("backfills")}>Backfills</a> / <a href={link("workflows", row.workflow_id)}>{row.workflow_id}</a></>}
            beside={<State state={row.state} />}
          >
            {can("operator") && <Actions row={row} />}
          </Head>
          <Facts row={row} />
          <Section title="Times" beside={<a href={link("runs", { backfill: id })}>Its runs</a>}>
            <Show loaded={pages}>
              {(moments) => (
                <Table heads={["Time", "State", "Run", ["Duration", "end"], "Reason"]}>
                  {moments.map((moment) => (
                    <tr key={`${moment.schedule_id} ${moment.nominal_utc}`} data-row>
                      <td>
                        <Time at={moment.nominal_utc} zone={moment.timezone} />
                        {row.schedules.length > 1 && <span class="faint"> {moment.schedule_id}</span>}
                      </td>
                      <td><State state={moment.state} /></td>
                      <td>{moment.run_id && moment.state !== "deleted" && <a class="mono" href={link("runs", moment.run_id)}>{moment.run_id}</a>}</td>
                      <td class="end numbers">{moment.started_at && <Took start={moment.started_at} end={moment.finished_at} />}</td>
                      <td class="reason">{moment.state === "succeeded" ? "" : moment.reason}</td>
                    </tr>
                  ))}
                </Table>
              )}
            </Show>
            <More pages={pages} />
          </Section>
        </>
      )}
    </Show>
  );
}

function Facts({ row }: { row: Detail }) {
  const values = Object.entries(row.params).map(([name, value]) => `${name} = ${textOf(value)}`);
  return (
    <div class="card backfill-facts">
      <Progress row={row} />
      <p>
        {row.from} – {row.to}, {row.schedules.join(", ")}: {row.only}, {row.order} first
        {row.parallel > 1 && `, ${row.parallel} at the same time`}
        {row.between && `, between ${row.between}`}
        {row.version !== null && `, version ${row.version}`}
        {values.length > 0 && `, with ${values.join(", ")}`}
      </p>
      {row.reason && <p class="reason">{row.reason}</p>}
      {row.waits && (
        <p>
          <Icon name="waiting" /> {row.waits} {row.next_start && <>Next: <Time at={row.next_start} /></>}
        </p>
      )}
      <p class="faint">
        created <Time at={row.created_at} /> by {row.created_by}
        {row.finished_at && <>, ended <Time at={row.finished_at} /></>}
      </p>
    </div>
  );
}

function Actions({ row }: { row: Detail }) {
  const params = { path: { backfill: row.id } };
  const open = row.state === "active" || row.state === "paused";
  const again = row.failed + row.cancelled + row.unknown;
  return (
    <>
      {row.state === "active" && (
        <Press act={() => attempt(() => api.POST("/api/v1/backfills/{backfill}/pause", { params }), "Paused. Runs in progress continue.")}>
          <Icon name="pause" /> Pause
        </Press>
      )}
      {row.state === "paused" && (
        <Press class="primary" act={() => attempt(() => api.POST("/api/v1/backfills/{backfill}/resume", { params }), "Resumed.")}>
          <Icon name="runs" /> Resume
        </Press>
      )}
      {row.state !== "paused" && (again > 0 || (!open && row.left > 0)) && (
        <Press class={open ? undefined : "primary"} title="Tasks that succeeded are not run again" act={() => retry(row.id)}>
          <Icon name="again" /> Retry
        </Press>
      )}
      {open && (
        <Press class="danger" act={() => cancel(row.id)}>
          <Icon name="stop" /> Cancel
        </Press>
      )}
    </>
  );
}

async function retry(id: string): Promise<void> {
  await attempt(async () => {
    const { again, never_run } = await take(api.POST("/api/v1/backfills/{backfill}/retry", { params: { path: { backfill: id } } }));
    const counts = [again > 0 && `${again} that did not succeed`, never_run > 0 && `${never_run} that never ran`];
    say(`Runs again: ${counts.filter(Boolean).join(" and ")}.`);
  });
}

async function cancel(id: string): Promise<void> {
  const words = "It starts no more runs, and its queued and running runs are cancelled.";
  if (await confirm("Cancel this backfill?", words, "Cancel backfill")) {
    await attempt(() => api.POST("/api/v1/backfills/{backfill}/cancel", { params: { path: { backfill: id } } }), "The backfill is cancelled.");
  }
}
