/** All workflows: how they went, and when they run next. */

import "./workflows.css";

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { usePages } from "../../live/pages";
import { runNow, setPaused } from "../../components/actions";
import { Bars } from "../../components/bars";
import { Icon } from "../../components/icons";
import { Empty, Head, Show } from "../../components/layout";
import { lazy } from "../../components/lazy";
import { More } from "../../components/more";
import { Press } from "../../components/press";
import { Search, searched } from "../../components/search";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { link, place, setQuery } from "../../router";
import { can } from "../../session";
import { NextFire } from "../../components/next-fire";
import { Time } from "../../time/time";

const NewWorkflow = lazy(() => import("./new-workflow").then((page) => page.NewWorkflow));

export function Workflows() {
  const q = searched();
  const label = place.value.query.get("label") ?? "";
  const [open, setOpen] = useState(place.value.query.has("new"));
  const pages = usePages<Shapes["WorkflowRow"]>(
    (cursor, signal) => take(api.GET("/api/v1/workflows", { params: { query: { q, label, cursor, limit: 100 } }, signal })),
    (one) => one.kind === "catalog.changed" || one.kind.startsWith("run."),
    [q, label],
  );
  return (
    <>
      <Head title="Workflows">
        {can("author") && (
          <button class="primary" onClick={() => setOpen(true)}>
            <Icon name="plus" /> New workflow
          </button>
        )}
      </Head>
      {open && <NewWorkflow onClose={() => setOpen(false)} />}
      <div class="filters">
        <Search label="Search workflows" placeholder="Search by name or description" />
        {label && (
          <button class="tag" onClick={() => setQuery("label", null)} aria-label={`Remove the filter ${label}`}>
            {label} <Icon name="close" />
          </button>
        )}
      </div>
      <div class="card">
        <Show loaded={pages}>
          {(rows) =>
            rows.length === 0 ? (
              <Empty words={q || label ? "No workflow matches." : "No workflows yet."} />
            ) : (
              <Table class="workflows" heads={["Workflow", "Last result", ["Last runs", "wide"], "Next fire"]} actions>
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

function Row({ row }: { row: Shapes["WorkflowRow"] }) {
  const last = row.history.at(-1);
  return (
    <tr data-row>
      <td>
        <a class="name" href={link("workflows", row.id)}>
          {row.id}
        </a>
        {row.labels.map((label) => (
          <button key={label} class="tag" aria-label={`Show only ${label}`} onClick={() => setQuery("label", label)}>
            {label}
          </button>
        ))}
        <p class="reason">
          {row.description ? `${row.description.split("\n")[0]} · ` : ""}
          {row.tasks} task{row.tasks === 1 ? "" : "s"}
        </p>
      </td>
      <td>
        {row.last_state ? <State state={row.last_state} /> : <span class="faint">never ran</span>}
        {last?.started_at && (
          <p class="reason">
            <Time at={last.started_at} />
          </p>
        )}
      </td>
      <td class="wide">
        <Bars history={row.history} />
      </td>
      <td><NextFire row={row} /></td>
      <td class="end">
        {can("operator") && (
          <span class="buttons">
            <Press data-key="r" data-ask={`Run ${row.id} now?`} aria-label={`Run ${row.id} now`} disabled={row.tasks === 0} act={() => runNow(row.id)}>
              <Icon name="runs" /> Run
            </Press>
            <Press
              class="plain"
              aria-label={row.enabled ? `Pause ${row.id}` : `Resume ${row.id}`}
              title={row.enabled ? "Pause its schedules" : "Resume its schedules"}
              act={() => setPaused("workflow", row.id, row.enabled)}
            >
              <Icon name={row.enabled ? "pause" : "runs"} />
            </Press>
          </span>
        )}
      </td>
    </tr>
  );
}
