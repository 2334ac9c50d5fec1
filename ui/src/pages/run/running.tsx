/** Why an attempt is still running: what its processes do now, on request, and what they did when it took too long. */

import { useState } from "preact/hooks";

import { api, Problem, take, type Shapes } from "../../api/client";
import { Icon } from "../../components/icons";
import { ProblemBox, Section } from "../../components/layout";
import { Press } from "../../components/press";
import { span } from "../../time/format";
import { Time } from "../../time/time";
import type { Attempt, RunAnswer, TaskRun } from "./choose";

type Look = Shapes["LookAnswer"];
type Process = Look["processes"][number];

const OCCASIONS = { now: "Now", long: "When its deadline passed", timeout: "When its time limit ended it" };

export function Running({ run, task, attempt }: { run: RunAnswer; task: TaskRun; attempt: Attempt }) {
  const [answer, setAnswer] = useState<Shapes["RunningAnswer"] | Problem>();
  const ofThis = (looks: Look[]) => looks.filter((look) => look.task === task.id && look.attempt === attempt.number);
  const runs = attempt.state === "running";
  const now = answer && !(answer instanceof Problem) ? ofThis(answer.looks).filter(({ occasion }) => occasion === "now") : [];
  const looks = [...(runs ? now : []), ...ofThis(run.looks)];
  if (!runs && looks.length === 0) return null;
  const ask = () =>
    take(api.GET("/api/v1/runs/{run}/running", { params: { path: { run: run.id } } })).then(setAnswer, (problem) => {
      if (!(problem instanceof Problem)) throw problem;
      setAnswer(problem);
    });
  return (
    <Section
      title="Activity"
      beside={
        runs && (
          <Press title="Look at its processes" act={ask}>
            <Icon name="help" /> Why is it still running?
          </Press>
        )
      }
    >
      <div class="body stack">
        {answer instanceof Problem && <ProblemBox problem={answer} again={ask} />}
        {runs && answer && !(answer instanceof Problem) && now.length === 0 && <p>{answer.note || "Its processes cannot be seen."}</p>}
        {runs && !answer && looks.length === 0 && <p class="faint">Its processes, what they wait for, and its last output.</p>}
        {looks.map((look) => (
          <OneLook key={`${look.occasion} ${look.at}`} look={look} zone={run.timezone} />
        ))}
      </div>
    </Section>
  );
}

function OneLook({ look, zone }: { look: Look; zone: string | null }) {
  return (
    <div>
      <h3>
        {OCCASIONS[look.occasion]}, <Time at={look.at} zone={zone} seconds />
      </h3>
      {look.looks_like && <p class="sentence warn">It {look.looks_like}</p>}
      <ul class="processes">
        {look.processes.map((process) => (
          <OneProcess key={process.pid} process={process} depth={depthOf(process, look.processes)} />
        ))}
        {look.more > 0 && <li class="faint">{look.more} more</li>}
      </ul>
      <p>
        {look.last_line === null ? (
          "No output so far."
        ) : (
          <>
            Last output{look.last_line_seconds !== null && `, ${span(look.last_line_seconds)} before`}: <code>{look.last_line}</code>
          </>
        )}
      </p>
      {look.good_lines !== null && (
        <p class="faint">
          {look.lines.toLocaleString("en")} lines so far; at this age the last good run had written {look.good_lines.toLocaleString("en")}.
        </p>
      )}
    </div>
  );
}

function OneProcess({ process, depth }: { process: Process; depth: number }) {
  return (
    <li style={`margin-left: ${depth}em`}>
      <code>
        {process.pid} {process.command}
      </code>
      <span class="reason">
        {process.state || "alive"} for {span(process.age_seconds)}
        {process.orphan && ", its parent has ended"}
        {process.waits && `, ${process.waits}`}
        <span class="faint">
          {" "}
          · CPU {span(process.cpu_seconds)}, read {size(process.read_bytes)}, wrote {size(process.written_bytes)} in the last{" "}
          {span(process.over_seconds)}
        </span>
      </span>
    </li>
  );
}

function depthOf(process: Process, all: Process[]): number {
  const parent = all.find(({ pid }) => pid === process.parent);
  return parent ? Math.min(8, 1 + depthOf(parent, all.filter((one) => one !== process))) : 0;
}

function size(bytes: number): string {
  const at = Math.min(4, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Math.round(bytes / 1000 ** at)} ${["B", "KB", "MB", "GB", "TB"][at]}`;
}
