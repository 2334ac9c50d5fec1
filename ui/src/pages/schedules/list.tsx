/** Schedules in plain English, with what comes next. */

import "../workflows/workflows.css";

import { api, take, type Shapes } from "../../api/client";
import { usePages } from "../../live/pages";
import { setPaused } from "../../components/actions";
import { Icon } from "../../components/icons";
import { Empty, Show } from "../../components/layout";
import { More } from "../../components/more";
import { Press } from "../../components/press";
import { Search, searched } from "../../components/search";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { link } from "../../router";
import { can } from "../../session";
import { NextFire } from "../../components/next-fire";

type Schedule = Shapes["ScheduleAnswer"];

export function List() {
  const q = searched();
  const pages = usePages<Schedule>(
    (cursor, signal) => take(api.GET("/api/v1/schedules", { params: { query: { q, cursor, limit: 100 } }, signal })),
    (one) => one.kind === "catalog.changed" || one.kind === "run.queued",
    [q],
  );
  return (
    <>
      <div class="filters">
        <Search label="Search schedules" placeholder="Search by ID, workflow or description" />
      </div>
      <div class="card">
        <Show loaded={pages}>
          {(rows) =>
            rows.length === 0 ? (
              <Empty words={q ? "No schedule matches." : "No schedules yet. Add one on a workflow's page."} />
            ) : (
              <Table class="workflows" heads={["Schedule", "Workflow", ["Catch-up · overlap", "wide"], "Next fire"]} actions>
                {rows.map((row) => (
                  <Row key={row.id} row={row} />
                ))}
              </Table>
            )
          }
        </Show>
        <More pages={pages} />
      </div>
    </>
  );
}

function Row({ row }: { row: Schedule }) {
  return (
    <tr data-row>
      <td>
        <a class="name" href={link("workflows", row.workflow_id, "schedules")}>
          {row.description}
        </a>
        <p class="reason">
          {row.id} · {row.timezone}
        </p>
      </td>
      <td>
        <a href={link("workflows", row.workflow_id)}>{row.workflow_id}</a>
      </td>
      <td class="wide faint">
        {row.catchup} · {row.overlap}
      </td>
      <td>{row.problem ? <State state="problem" /> : <NextFire row={row} zone={row.timezone} />}</td>
      <td class="end">
        {can("operator") && (
          <Press
            class="plain"
            aria-label={row.enabled ? `Pause ${row.id}` : `Resume ${row.id}`}
            act={() => setPaused("schedule", row.id, row.enabled)}
          >
            <Icon name={row.enabled ? "pause" : "runs"} /> {row.enabled ? "Pause" : "Resume"}
          </Press>
        )}
      </td>
    </tr>
  );
}
