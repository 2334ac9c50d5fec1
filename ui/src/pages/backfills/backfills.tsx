/** All backfills, newest first, with their progress. */

import "./backfills.css";

import { api, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Empty, Head, Show } from "../../components/layout";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { link, place } from "../../router";
import { Time } from "../../time/time";
import { Backfill } from "./backfill";
import { Progress } from "./progress";

export function Backfills({ id }: { id?: string }) {
  return id ? <Backfill key={id} id={id} /> : <List />;
}

function List() {
  const workflow = place.value.query.get("workflow") ?? undefined;
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/backfills", { params: { query: { workflow, limit: 200 } }, signal })),
    (one) => one.kind.startsWith("backfill.") || one.kind.startsWith("run."),
    [workflow],
  );
  return (
    <>
      <Head title="Backfills" above={workflow && <><a href={link("backfills")}>All backfills</a> / <a href={link("workflows", workflow)}>{workflow}</a></>} />
      <div class="card">
        <Show loaded={loaded}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty words="No backfills yet. “Run past times” on a workflow's page runs past nights again." />
            ) : (
              <Table heads={["Workflow", "State", "Range", "Progress", "Created"]}>
                {items.map((row) => <Row key={row.id} row={row} />)}
              </Table>
            )
          }
        </Show>
      </div>
    </>
  );
}

function Row({ row }: { row: Shapes["BackfillAnswer"] }) {
  return (
    <tr data-row>
      <td><a class="name" href={link("backfills", row.id)}>{row.workflow_id}</a></td>
      <td><State state={row.state} /></td>
      <td class="range">{row.from} – {row.to}</td>
      <td><Progress row={row} /></td>
      <td><Time at={row.created_at} /> <span class="faint">by {row.created_by}</span></td>
    </tr>
  );
}
