/** The selected task and attempt: what came of it, the command, the proof of each output file, and what it wrote. */

import { api } from "../../api/client";
import { attempt as trying } from "../../components/notices";
import { Press } from "../../components/press";
import { LogView } from "../../log/log-view";
import { WhyButton } from "../../components/explain";
import { Empty, Section } from "../../components/layout";
import { State } from "../../components/state";
import { link } from "../../router";
import { can, homeZone } from "../../session";
import { relative } from "../../time/format";
import { now } from "../../time/settings";
import { Time, Took } from "../../time/time";
import { isBusy, type Attempt, type RunAnswer, type TaskRun } from "./choose";
import { Command } from "./command";
import { Running } from "./running";

interface AttemptProps {
  run: RunAnswer;
  task: TaskRun;
  attempt: Attempt | undefined;
}

export function AttemptSections({ run, task, attempt }: AttemptProps) {
  const name = { run: run.id, task: task.id };
  return (
    <>
      <Section title={`Task ${task.id}`} class="attempt" beside={<Beside run={run} task={task} />}>
        <div class="body stack">
          {task.attempts.length > 1 && <Numbers run={run} task={task} attempt={attempt} />}
          {task.state === "waiting" && task.retry_at && (
            <p class="sentence warn">
              The next attempt starts {relative(new Date(task.retry_at), now.value)} (<Time at={task.retry_at} zone={run.timezone} seconds />
              ).
            </p>
          )}
          {attempt ? (
            <Facts run={run} task={task} attempt={attempt} />
          ) : (
            <p class="faint">{task.reason || "Not started yet."}</p>
          )}
          {attempt && attempt.outputs.length > 0 && <Proofs run={run.id} attempt={attempt} />}
          {attempt && <Command key={`${task.id} ${attempt.number}`} {...name} attempt={attempt} />}
        </div>
      </Section>
      {attempt && <Running key={`${task.id} ${attempt.number}`} run={run} task={task} attempt={attempt} />}
      <Section title="Output">
        {attempt ? (
          <LogView {...name} attempt={attempt} running={isBusy(attempt)} zone={run.timezone ?? homeZone.value} />
        ) : (
          <Empty words="No output: there was no attempt." />
        )}
      </Section>
    </>
  );
}

function Beside({ run, task }: { run: RunAnswer; task: TaskRun }) {
  return (
    <span class="row">
      <State state={task.state} />
      {task.state !== "succeeded" && (
        <WhyButton asked={{ workflow: run.workflow_id, run: run.id, task: task.id }} about={`Task ${task.id}`} />
      )}
    </span>
  );
}

function Numbers({ run, task, attempt }: AttemptProps) {
  return (
    <nav class="numbers-of" aria-label={`Attempts of ${task.id}`}>
      {task.attempts.map((one) => (
        <a
          key={one.number}
          class="button"
          href={link("runs", run.id, task.id, one.number)}
          aria-current={one.number === attempt?.number ? "true" : undefined}
        >
          Attempt {one.number} <State state={one.state} small />
        </a>
      ))}
    </nav>
  );
}

function Facts({ run, task, attempt }: { run: RunAnswer; task: TaskRun; attempt: Attempt }) {
  // The task's reason says more than the last attempt's, that there were so many of them; but a task that was cancelled
  // between two attempts tells of the cancelling, and not of the attempt.
  const same = attempt.number === task.attempts.at(-1)?.number && attempt.state === task.state;
  const reason = (same && task.reason) || attempt.reason;
  return (
    <dl class="facts">
      <dt>Attempt {attempt.number}</dt>
      <dd>
        <State state={attempt.state} />
        {reason && <p class="reason">{reason}</p>}
      </dd>
      <dt>Exit code</dt>
      <dd class="mono">{attempt.exit_code ?? "–"}</dd>
      <dt>Started</dt>
      <dd>
        <Time at={attempt.started_at} zone={run.timezone} seconds />
        {attempt.started_at && (
          <span class="faint">
            {" "}
            · {attempt.finished_at ? "took" : "running for"} <Took start={attempt.started_at} end={attempt.finished_at} />
          </span>
        )}
      </dd>
      <Machine attempt={attempt} />
      {attempt.files && (
        <>
          <dt>Files</dt>
          <dd>{attempt.files.sentence}</dd>
        </>
      )}
      {attempt.pid !== null && (
        <>
          <dt>Process</dt>
          <dd class="mono">{attempt.pid}</dd>
        </>
      )}
    </dl>
  );
}

/** The other machine that has it, and what its reason does not say: that the machine is silent, or why the attempt waits for one. */
function Machine({ attempt: { worker, placement, reason } }: { attempt: Attempt }) {
  if (worker === null && !placement) return null;
  const isKnown = placement === `runs on machine ${worker}` || reason.startsWith(`machine ${worker} silent`);
  return (
    <>
      <dt>Machine</dt>
      <dd>
        {worker !== null && <a href={link("machines", worker)}>{worker}</a>}
        {placement && !isKnown && <p class="reason">It {placement}.</p>}
      </dd>
    </>
  );
}

function Proofs({ run, attempt }: { run: string; attempt: Attempt }) {
  const accept = () =>
    trying(() => api.POST("/api/v1/runs/{run}/accept", { params: { path: { run } } }), "Such a size is usual from now on.");
  return (
    <div>
      <h3>Output files</h3>
      <ul class="proofs">
        {attempt.outputs.map((one) => {
          return (
            <li key={one.path}>
              <State state={one.proof ? "ok" : "failed"} small />
              <span>
                <code>{one.path}</code>
                <span class="reason">{one.proof || one.reason}</span>
                {one.unusual && (
                  <span class="reason">
                    {one.unusual} {one.accepted && `(accepted by ${one.accepted})`}
                    {!one.accepted && can("operator") && !isBusy(attempt) && <Press act={accept}>Accept as usual</Press>}
                  </span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
