/** The other machines that run tasks: their state, their load, and what runs on them. */

import "./machines.css";

import { api, take } from "../../api/client";
import { Empty, Head, Show } from "../../components/layout";
import { Table } from "../../components/table";
import { useLive } from "../../live/live";
import { link } from "../../router";
import { can, session } from "../../session";
import { Time } from "../../time/time";
import { DrainButton } from "./drain-button";
import { concernsMachines, useHeartbeats } from "./heartbeats";
import { Machine } from "./machine";
import { MachineState, Slots, Version } from "./parts";
import { loadOf, taken, type Worker } from "./words";

const MOST_SHOWN = 3;

export function Machines({ id }: { id?: string }) {
  return id ? <Machine key={id} id={id} /> : <List />;
}

function List() {
  const loaded = useLive((signal) => take(api.GET("/api/v1/workers", { signal })), concernsMachines, []);
  useHeartbeats(loaded);
  return (
    <>
      <Head title="Machines" />
      <div class="card machines">
        <Show loaded={loaded}>
          {(workers) =>
            workers.length === 0 ? (
              <None />
            ) : (
              <Table heads={["Machine", "State", "Slots", "Load", "Running there", "Version"]} actions={can("operator")}>
                {workers.map((worker) => (
                  <Row key={worker.name} worker={worker} again={loaded.again} />
                ))}
              </Table>
            )
          }
        </Show>
      </div>
      {loaded.data && loaded.data.length > 0 && can("admin") && (
        <p class="next-commands faint">
          In a terminal, to invite another one: <code>scheduler worker invite</code>
        </p>
      )}
    </>
  );
}

function None() {
  if (!session.value?.machines) return <Empty words="Other machines can run tasks once DB_URL names a PostgreSQL database." />;
  return (
    <Empty words="No machines yet: invite one here, and let it join there.">
      <p class="next-commands">
        <code>scheduler worker invite</code> <code>scheduler worker join TOKEN</code>
      </p>
    </Empty>
  );
}

function Row({ worker, again }: { worker: Worker; again: () => void }) {
  return (
    <tr data-row>
      <td>
        <a class="name" href={link("machines", worker.name)}>{worker.name}</a>
        <Labels labels={taken(worker).labels} />
      </td>
      <td><MachineState worker={worker} /></td>
      <td><Slots worker={worker} /></td>
      <td class="faint">{loadOf(worker.measured).join(", ")}</td>
      <td><Tasks worker={worker} /></td>
      <td><Version worker={worker} /></td>
      {can("operator") && <td class="end"><DrainButton worker={worker} again={again} /></td>}
    </tr>
  );
}

function Labels({ labels }: { labels: string[] }) {
  if (labels.length === 0) return null;
  return (
    <span class="labels">
      {labels.map((label) => <span key={label} class="tag">{label}</span>)}
    </span>
  );
}

/** The oldest few; all of them are on the machine's own page. */
function Tasks({ worker: { name, running } }: { worker: Worker }) {
  if (running.length === 0) return null;
  const more = running.length - MOST_SHOWN;
  return (
    <ul>
      {running.slice(0, MOST_SHOWN).map((task) => (
        <li key={`${task.run} ${task.task} ${task.attempt}`}>
          <a href={link("runs", task.run, task.task, task.attempt)}>{task.workflow} / {task.task}</a>
          <span class="faint">{task.started_at ? <Time at={task.started_at} /> : "about to start"}</span>
        </li>
      ))}
      {more > 0 && <li><a href={link("machines", name)}>{more.toLocaleString("en")} more</a></li>}
    </ul>
  );
}
