/** A workflow at one glance. */

import { Fragment } from "preact";
import { useState } from "preact/hooks";

import { parametersOf, textOf, type Parameters } from "../../api/parameters";
import { Graph } from "../../graph/graph";
import { Bars } from "../../components/bars";
import { LateOf } from "../../components/late-list";
import { Section } from "../../components/layout";
import { State } from "../../components/state";
import { link } from "../../router";
import { can } from "../../session";
import { span } from "../../time/format";
import { Time } from "../../time/time";
import { ScheduleList } from "./schedule-list";
import { TaskForm } from "./task-form";
import { TaskTable } from "./task-table";
import type { TabProps } from "./tab-props";

type Schedule = TabProps["workflow"]["schedules"][number];

function ParameterList({ parameters }: { parameters: Parameters }) {
  const entries = Object.entries(parameters);
  if (entries.length === 0) return null;
  return (
    <Section title="Parameters">
      <dl class="facts body">
        {entries.map(([name, parameter]) => (
          <Fragment key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              {[parameter.type, ...(parameter.options ?? [])].join(" · ")}{" "}
              <span class="faint">{parameter.required ? "required" : `default ${textOf(parameter.default).replaceAll("\n", ", ") || "empty"}`}</span>
              {parameter.description && <p class="faint">{parameter.description}</p>}
            </dd>
          </Fragment>
        ))}
      </dl>
    </Section>
  );
}

export function OverviewTab({ workflow, rest }: TabProps) {
  const [selected, setSelected] = useState<string>();
  const last = workflow.history.at(-1);
  const next = workflow.schedules
    .filter((one) => one.next_utc)
    .reduce<Schedule | undefined>((first, one) => (first && (first.next_utc ?? "") <= (one.next_utc ?? "") ? first : one), undefined);
  return (
    <>
      {workflow.description && <p class="description">{workflow.description}</p>}
      <LateOf workflow={workflow.id} />
      {workflow.labels.length > 0 && (
        <ul class="row" aria-label="Labels">
          {workflow.labels.map((label) => (
            <li key={label}><a class="tag" href={link("workflows", { label })}>{label}</a></li>
          ))}
        </ul>
      )}
      <div class="workflow-overview">
        {workflow.tasks.length === 0 ? (
          <TaskTable workflow={workflow} rest={rest} />
        ) : (
          <Section title="Graph">
            <div class="body">
              <Graph graph={workflow.graph} selected={selected} onSelect={can("author") ? setSelected : undefined} />
            </div>
          </Section>
        )}
        <Section title="Runs" beside={<a href={link("workflows", workflow.id, "runs")}>All runs</a>}>
          <div class="body stack">
            {last ? <Bars history={workflow.history} most={workflow.history.length} /> : <p class="faint">No runs yet.</p>}
            <dl class="facts">
              <dt>Last run</dt>
              <dd>{last ? <a href={link("runs", last.id)}><State state={last.state} /></a> : <span class="faint">–</span>}</dd>
              {last && <><dt>Started</dt><dd><Time at={last.started_at} /></dd></>}
              <dt>Next fire</dt>
              <dd><Time at={next?.next_utc} zone={next?.timezone} /></dd>
              <dt>Usual duration</dt>
              <dd>{workflow.estimate_seconds === null ? <span class="faint">not known yet</span> : span(workflow.estimate_seconds)}</dd>
              <dt>Runs at once</dt>
              <dd>{workflow.max_active_runs ?? "no limit"}</dd>
              <dt>Version</dt>
              <dd><a href={link("workflows", workflow.id, "versions", workflow.version)}>{workflow.version}</a></dd>
            </dl>
          </div>
        </Section>
      </div>
      {workflow.tasks.length > 0 && <TaskTable workflow={workflow} rest={rest} />}
      <ParameterList parameters={parametersOf(workflow.params)} />
      <ScheduleList workflow={workflow} rest={rest} />
      {selected && (
        <TaskForm workflow={workflow} task={workflow.tasks.find((one) => one["id"] === selected)} onClose={() => setSelected(undefined)} />
      )}
    </>
  );
}
