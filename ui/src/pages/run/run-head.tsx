/** The head of a run: its state and why, its times, and what can be done now. */

import { textOf } from "../../api/parameters";
import { cancel, retry, retryWith } from "../../components/actions";
import { WhyButton } from "../../components/explain";
import { Icon } from "../../components/icons";
import { Head } from "../../components/layout";
import { originOf } from "../../components/origin";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { NextCommands, Why } from "../../components/why";
import { link } from "../../router";
import { can, homeZone } from "../../session";
import { between, span, zoneFor } from "../../time/format";
import { now, zoneMode } from "../../time/settings";
import { Time, Took } from "../../time/time";
import { Acknowledge } from "./acknowledge";
import { Memory } from "./memory";
import { isOpen, type RunAnswer } from "./choose";
import { Differences } from "./differences";
import { titleOf } from "./title";

export function RunHead({ run }: { run: RunAnswer }) {
  const { id, workflow_id: workflow, version, timezone: zone } = run;
  return (
    <>
      <Head
        title={titleOf(run, zoneFor(zoneMode.value, zone ?? homeZone.value), now.value)}
        above={
          <>
            <a href={link("runs")}>Runs</a> / <a href={link("workflows", workflow)}>{workflow}</a>
          </>
        }
        beside={<span aria-hidden="true"><State state={run.state} small /></span>}
      >
        {run.state !== "succeeded" && <WhyButton asked={{ workflow, run: id }} about={`Run ${id}`} />}
        <Actions run={run} />
      </Head>
      <Sentence run={run} />
      {(run.state === "failed" || run.state === "unknown") && <Differences run={id} zone={zone} />}
      {run.tasks.filter((task) => task.why).map((task, at) => (
        <div key={task.id}>
          <Memory run={id} task={task.id} memory={task.memory} first={at === 0} />
          <Why run={id} why={task.why} />
        </div>
      ))}
      {isUnfinished(run) && <NextCommands run={id} />}
      {(run.state === "failed" || run.state === "unknown") && <Acknowledge run={id} />}
      {run.state === "running" && <Progress run={run} />}
      <dl class="run-facts card">
        <Fact name="Run ID">
          <code>{id}</code>
        </Fact>
        <Fact name="Workflow">
          <a href={link("workflows", workflow)}>{workflow}</a>{" "}
          <a class="tag" href={link("workflows", workflow, "versions", version)}>
            version {version}
          </a>
        </Fact>
        {run.schedule_id && (
          <Fact name="Schedule">
            <a href={link("workflows", workflow, "schedules")}>{run.schedule_id}</a>
          </Fact>
        )}
        <Fact name="Started by">
          {originOf(run)}
          {run.cause && run.cause !== run.reason && <span class="faint"> · {run.cause}</span>}
        </Fact>
        {run.due_utc && (
          <Fact name="Due">
            <Time at={run.due_utc} zone={zone} seconds />
          </Fact>
        )}
        {run.nominal_utc && run.nominal_utc !== run.due_utc && (
          <Fact name="For">
            <Time at={run.nominal_utc} zone={zone} seconds />
          </Fact>
        )}
        <Fact name="Queued">
          <Time at={run.queued_at} zone={zone} seconds />
        </Fact>
        <Fact name="Started">
          <Time at={run.started_at} zone={zone} seconds />
        </Fact>
        <Fact name={run.finished_at || !run.started_at ? "Duration" : "Running for"}>
          <Took start={run.started_at} end={run.finished_at} />
          {run.estimate_seconds !== null && <span class="faint"> · usually {span(run.estimate_seconds)}</span>}
        </Fact>
        {Object.entries(run.params).map(([name, value]) => (
          <Fact key={name} name={name}>
            <code class="param">{textOf(value)}</code>
          </Fact>
        ))}
        {run.deadlines.map((deadline) => (
          <Fact key={[deadline.kind, deadline.task_id, deadline.due_utc].join(" ")} name={deadlineName(deadline)}>
            <Time at={deadline.due_utc} zone={zone} seconds /> <State state={deadline.state} small />
            {deadline.reason && <p class="faint">{deadline.reason}</p>}
          </Fact>
        ))}
        {run.backfill_id && (
          <Fact name="Backfill">
            <a class="mono" href={link("backfills", run.backfill_id)}>
              {run.backfill_id}
            </a>
          </Fact>
        )}
        {run.retry_of && (
          <Fact name="Retry of">
            <a class="mono" href={link("runs", run.retry_of)}>
              {run.retry_of}
            </a>
          </Fact>
        )}
      </dl>
    </>
  );
}

/** `Finish by`, with the task that has it. */
function deadlineName({ kind, task_id: task }: RunAnswer["deadlines"][number]): string {
  const words = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`.replaceAll("_", " ");
  return task ? `${words} (${task})` : words;
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Why it is as it is. */
function Sentence({ run }: { run: RunAnswer }) {
  const words = run.cancel_requested ? "Being cancelled: its commands are asked to stop." : run.reason;
  if (!words) return null;
  const tone = run.state === "failed" ? "bad" : run.state === "unknown" || run.cancel_requested ? "warn" : "calm";
  return <p class={`sentence ${tone}`}>{words}</p>;
}

function Progress({ run }: { run: RunAnswer }) {
  const passed = between(run.started_at, null, now.value);
  if (run.estimate_seconds === null || passed === null || !run.started_at) return null;
  const left = run.estimate_seconds - passed;
  const end = new Date(Date.parse(run.started_at) + run.estimate_seconds * 1000).toISOString();
  return (
    <div class="run-progress">
      <progress class="progress" aria-label="Progress, by its usual duration" max={run.estimate_seconds} value={Math.min(passed, run.estimate_seconds)} />
      <span class="faint">
        {left >= 0 ? (
          <>
            {span(left)} left; expected to finish <Time at={end} zone={run.timezone} seconds />
          </>
        ) : (
          `${span(-left)} longer than usual`
        )}
      </span>
    </div>
  );
}

/** Whether a retry would go on with it. */
const isUnfinished = ({ state }: RunAnswer) => state === "failed" || state === "unknown" || state === "cancelled";

function Actions({ run }: { run: RunAnswer }) {
  const over = !isOpen(run);
  if (!can("operator")) return null;
  return (
    <>
      {!over && (
        <Press class="danger" disabled={run.cancel_requested} act={() => cancel(run.id)}>
          <Icon name="stop" /> Cancel
        </Press>
      )}
      {isUnfinished(run) && (
        <Press class="primary" title="Tasks that succeeded are not run again" act={() => retry(run.id, false)}>
          <Icon name="again" /> Retry from failed
        </Press>
      )}
      {over && (
        <Press data-key="r" data-ask={`Run all of ${run.workflow_id} again?`} title="Run all again (r)" act={() => retry(run.id, true)}>
          <Icon name="runs" /> Run all again
        </Press>
      )}
      {over && Object.keys(run.params).length > 0 && (
        <Press title="Run all again with other values of its parameters" act={() => retryWith(run.id, run.workflow_id, run.params)}>
          <Icon name="edit" /> Run again with other values
        </Press>
      )}
      {can("author") && (
        <a class="button" href={link("workflows", run.workflow_id, "edit", { version: String(run.version), run: "1" })}>
          <Icon name="edit" /> Run again with changes
        </a>
      )}
    </>
  );
}
