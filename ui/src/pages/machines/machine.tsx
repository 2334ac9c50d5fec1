/** One machine: its state and its load, and all that runs there. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { Icon } from "../../components/icons";
import { Empty, Head, Section, Show } from "../../components/layout";
import { Table } from "../../components/table";
import { useLive } from "../../live/live";
import { link } from "../../router";
import { can } from "../../session";
import { Time, Took } from "../../time/time";
import { DrainButton } from "./drain-button";
import { EditForm } from "./edit-form";
import { concernsMachines, useHeartbeats } from "./heartbeats";
import { MachineState, Slots, Version } from "./parts";
import { loadOf } from "./words";

type Detail = Shapes["WorkerDetail"];

export function Machine({ id }: { id: string }) {
  const [edited, setEdited] = useState<Detail>();
  const loaded = useLive((signal) => take(api.GET("/api/v1/workers/{worker}", { params: { path: { worker: id } }, signal })), concernsMachines, [id]);
  useHeartbeats(loaded);
  const close = () => {
    setEdited(undefined);
    loaded.again();
  };
  return (
    <>
      <Head title={`Machine ${id}`} above={<a href={link("machines")}>Machines</a>}>
        {loaded.data && can("operator") && <DrainButton worker={loaded.data} again={loaded.again} />}
        {loaded.data && can("admin") && <button onClick={() => setEdited(loaded.data)}><Icon name="edit" /> Edit</button>}
      </Head>
      <Show loaded={loaded}>
        {(worker) => (
          <>
            <div class="card"><Facts worker={worker} /></div>
            <Section title="Running there"><Running worker={worker} /></Section>
            <Commands worker={worker} />
          </>
        )}
      </Show>
      {edited && <EditForm worker={edited} onClose={close} />}
    </>
  );
}

function Facts({ worker }: { worker: Detail }) {
  return (
    <dl class="facts body machine-facts">
      <dt>State</dt>
      <dd><MachineState worker={worker} /></dd>
      <dt>Labels</dt>
      <dd>{worker.labels.join(", ") || "none"}</dd>
      <dt>Slots</dt>
      <dd><Slots worker={worker} /></dd>
      {worker.started_with && (
        <>
          <dt>Started with</dt>
          <dd>labels {worker.started_with.labels.join(", ") || "none"}; {worker.started_with.slots} of its {worker.slots} slots</dd>
        </>
      )}
      <dt>Load</dt>
      <dd>{loadOf(worker.measured).join(", ") || "–"}</dd>
      <dt>Host</dt>
      <dd>{worker.host ?? "–"}</dd>
      <dt>Version</dt>
      <dd><Version worker={worker} /></dd>
      <dt>Started</dt>
      <dd><Time at={worker.started_at} seconds /></dd>
      <dt>Last heartbeat</dt>
      <dd><Time at={worker.heartbeat_at} seconds /></dd>
      <dt>Role in PostgreSQL</dt>
      <dd class="mono">{worker.role}</dd>
    </dl>
  );
}

function Running({ worker }: { worker: Detail }) {
  if (worker.running.length === 0) return <Empty words="Nothing runs there." />;
  return (
    <Table heads={["Task", "Run", "Started", ["Duration", "end"]]}>
      {worker.running.map((task) => (
        <tr key={`${task.run} ${task.task} ${task.attempt}`} data-row>
          <td>
            <a class="name" href={link("runs", task.run, task.task, task.attempt)}>{task.workflow} / {task.task}</a>
            {task.attempt > 1 && <div class="faint">attempt {task.attempt}</div>}
          </td>
          <td><a class="mono" href={link("runs", task.run)}>{task.run}</a></td>
          <td>{task.started_at ? <Time at={task.started_at} seconds /> : <span class="faint">about to start</span>}</td>
          <td class="end numbers">{task.started_at && <Took start={task.started_at} end={null} />}</td>
        </tr>
      ))}
    </Table>
  );
}

/** What has no button: an invitation is a secret, and a removed machine has to be invited again. */
function Commands({ worker }: { worker: Detail }) {
  if (!can("admin")) return null;
  const isOpen = worker.state === "invited" || worker.state === "expired";
  return (
    <p class="next-commands faint">
      In a terminal: {isOpen && <code>scheduler worker invite --name {worker.name}</code>} <code>scheduler workers remove {worker.name}</code>
    </p>
  );
}
