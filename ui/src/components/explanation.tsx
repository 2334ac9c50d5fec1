/** Why something did not run, waits, failed or will not run: the verdict, what was checked from the top, and where to go on. */

import "./explanation.css";

import { api, take, type Shapes } from "../api/client";
import { useLive } from "../live/live";
import { link } from "../router";
import { homeZone } from "../session";
import { Time } from "../time/time";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { Show } from "./layout";

/** What is asked about a workflow; see the API. */
export interface Asked {
  workflow: string;
  at?: string;
  run?: string;
  task?: string;
  schedule?: string;
}

type Answer = Shapes["ExplanationAnswer"];
type Gate = Answer["gates"][number];
type Remedy = Answer["next"][number];

const GATES: Record<Gate["code"], string> = {
  exists: "Exists",
  enabled: "Enabled",
  planner: "Planner",
  scheduler: "Scheduler",
  trigger: "Trigger",
  calendar: "Calendar",
  clock: "Clock",
  deadline: "Deadline",
  disposition: "Fire",
  overlap: "Overlap",
  max_active_runs: "Active runs",
  slots: "Slots",
  disk: "Disk space",
  launch: "Launch",
  retry: "Retry",
  task: "Tasks",
  run: "Run",
};

const STATES = {
  passed: { icon: "succeeded", word: "passed" },
  stopped: { icon: "failed", word: "stopped here" },
  not_reached: { icon: "queued", word: "not reached" },
  not_recorded: { icon: "unknown", word: "not recorded" },
  late: { icon: "warning", word: "late" },
} as const;

/** Where a remedy is found: its words, and the address if there is one. */
const REMEDIES: Record<Remedy["code"], (target: string, workflow: string) => [words: string, address: string]> = {
  start_scheduler: () => ["Start the scheduler: 'scheduler start' in a terminal", link("health")],
  resume_planner: () => ["Resume all schedules", link("health")],
  resume_schedule: (schedule, workflow) => [`Resume ${schedule}`, link("workflows", workflow, "schedules")],
  enable_workflow: (workflow) => [`Resume ${workflow}`, link("workflows", workflow)],
  add_schedule: (workflow) => ["Add a schedule", link("workflows", workflow, "schedules")],
  add_task: (workflow) => ["Add a task", link("workflows", workflow)],
  list_fires: (workflow) => ["See the calendar", link("schedules", { workflow })],
  list_runs: (workflow) => ["See its runs", link("runs", { workflow })],
  show_schedule: (schedule, workflow) => [`See schedule ${schedule}`, link("workflows", workflow, "schedules")],
  show_workflow: (workflow) => [`See ${workflow}`, link("workflows", workflow)],
  run_now: (workflow) => ["Run it now", link("workflows", workflow)],
  show_run: (run) => [`See run ${run}`, link("runs", run)],
  read_output: (run) => ["Read the output", link("runs", run)],
  retry_run: (run) => ["Retry the run", link("runs", run)],
  prune: () => ["Free some space", link("health")],
  read_log: () => ["Read the log", link("health")],
};

export function Explanation({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { workflow, ...query } = asked;
  const loaded = useLive<Answer>(
    (signal) => take(api.GET("/api/v1/workflows/{workflow}/explain", { params: { path: { workflow }, query }, signal })),
    (one) => one.workflow_id === workflow,
    [workflow, asked.at, asked.run, asked.task, asked.schedule],
  );
  return (
    <Dialog title="Why?" onClose={onClose} wide>
      <div class="words stack explanation">
        <Show loaded={loaded}>{(answer) => <Verdict answer={answer} />}</Show>
      </div>
    </Dialog>
  );
}

function Verdict({ answer }: { answer: Answer }) {
  return (
    <>
      <p class="verdict" role="status">
        {answer.verdict}
      </p>
      <ol aria-label="What was checked">
        {answer.gates.map((gate, at) => (
          <Step key={at} gate={gate} />
        ))}
      </ol>
      {answer.next.length > 0 && (
        <p class="row">
          {answer.next.map((remedy) => {
            const [words, address] = REMEDIES[remedy.code](remedy.target, answer.workflow_id);
            return (
              <a key={remedy.code} class="button" href={address}>
                {words}
              </a>
            );
          })}
        </p>
      )}
    </>
  );
}

function Step({ gate }: { gate: Gate }) {
  const { icon, word } = STATES[gate.state];
  const reached = gate.state !== "not_reached";
  return (
    <li class={gate.state}>
      <span role="img" aria-label={word}>
        <Icon name={icon} />
      </span>
      <b>{GATES[gate.code]}</b>
      <span>
        {gate.fact}
        {reached && (gate.at || gate.by) && (
          <span class="faint">
            {" · "}
            {gate.at && <Time at={gate.at} zone={homeZone.value} seconds />} {gate.by}
          </span>
        )}
      </span>
    </li>
  );
}
