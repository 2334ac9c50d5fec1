/** What became of every due time since a while, the worst first, and what comes next. */

import "./report.css";

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Segments } from "../../components/fields";
import { Head, Section, Show } from "../../components/layout";
import { LateList } from "../../components/late-list";
import { State } from "../../components/state";
import { Table } from "../../components/table";
import { Why } from "../../components/why";
import { link } from "../../router";
import { span } from "../../time/format";
import { Time } from "../../time/time";
import { size } from "../health/words";

type Data = Shapes["ReportAnswer"];

const SPANS: [since: string, words: string][] = [["yesterday 18:00", "Night"], ["24h", "24 h"], ["7d", "7 days"], ["31d", "31 days"]];

export function Report() {
  const [since, setSince] = useState("yesterday 18:00");
  const loaded = useLive((signal) => take(api.GET("/api/v1/report", { params: { query: { since } }, signal })), () => false, [since]);
  return (
    <>
      <Head title="Report" beside={<Segments label="Since" value={since} options={SPANS} onInput={setSince} />}>
        <button onClick={loaded.again}>Update</button>
      </Head>
      <Show loaded={loaded}>{(data) => <Parts data={data} />}</Show>
    </>
  );
}

function Parts({ data }: { data: Data }) {
  return (
    <div class="stack report">
      <p class="sentence" role="status">
        <strong>{data.sentence}</strong>{" "}
        <span class="faint"><Time at={data.since} /> to <Time at={data.until} /></span>
      </p>
      <Failed runs={data.failed} />
      <NotRun fires={data.not_run} />
      <Part title="Overdue" heads={["Workflow", "Schedule", "Due"]} rows={data.overdue} row={(one) => [
        <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a>,
        one.id,
        one.next_utc && <Time at={one.next_utc} zone={one.timezone} />,
      ]} />
      <LateList late={data.late} />
      <Part title="Unusual output" heads={["When", "Workflow", "Run", "Why"]} rows={data.unusual} row={(one) => [
        <Time at={one.at} />,
        <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a>,
        <a href={link("runs", one.run_id)}>{one.run_id}</a>,
        one.reason,
      ]} />
      <Part title="Fine after a retry" heads={["Workflow", "Task", "Runs", "In 7 days"]} rows={data.retried} row={(one) => [
        <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a>,
        one.task_id,
        one.runs,
        one.week,
      ]} />
      <Part title="Slower than usual" heads={["Workflow", "Run", "Took", "Usually"]} rows={data.slower} row={(one) => [
        <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a>,
        <a href={link("runs", one.run_id)}>{one.run_id}</a>,
        span(one.seconds),
        span(one.usual),
      ]} />
      <Part title="Within a day, by calendar" heads={["Workflow", "Schedule", "Nominal", "Due", "Why"]} rows={data.moved} row={(one) => [
        <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a>,
        one.schedule_id,
        <Time at={one.nominal_utc} zone={one.timezone} />,
        one.due_utc ? <Time at={one.due_utc} zone={one.timezone} /> : "left out",
        one.reason,
      ]} />
      <Part title="Changed by people" heads={["When", "Who", "What"]} rows={data.changes} row={(one) => [
        <Time at={one.at} />,
        one.actor,
        `${one.action} ${one.detail}`,
      ]} />
      <Rest data={data} />
    </div>
  );
}

function Failed({ runs }: { runs: Data["failed"] }) {
  if (runs.length === 0) return null;
  return (
    <Section title="Failed" beside={<a href={link("runs", { state: "failed" })}>All failed runs</a>}>
      <ul class="happenings">
        {runs.map((run) => (
          <li key={run.id} data-row>
            <State state={run.state} small />
            <div class="what">
              <a href={link("runs", run.id)}>{run.workflow_id}</a> <Time at={run.finished_at ?? run.queued_at} zone={run.timezone} />
              <p class="reason">{run.reason}</p>
              {run.difference && <p class="faint">Since the last good run: {run.difference}</p>}
              <Why run={run.id} why={run.why} />
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function NotRun({ fires }: { fires: Data["not_run"] }) {
  return (
    <Part title="Did not run" heads={["Workflow", "Schedule", "Due", "Times", "Why"]} rows={fires} row={(one) => [
      one.workflow_id ? <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a> : "",
      one.schedule_id,
      <Time at={one.nominal_utc} zone={one.timezone} />,
      one.count.toLocaleString("en"),
      one.reason,
    ]} />
  );
}

interface PartProps<Row> {
  title: string;
  heads: string[];
  rows: Row[];
  row: (one: Row) => ComponentChildren[];
}

/** A table, if it has rows. */
function Part<Row>({ title, heads, rows, row }: PartProps<Row>) {
  if (rows.length === 0) return null;
  return (
    <Section title={title}>
      <Table heads={heads}>
        {rows.map((one, at) => <tr key={at} data-row>{row(one).map((cell, column) => <td key={column}>{cell}</td>)}</tr>)}
      </Table>
    </Section>
  );
}

function Rest({ data }: { data: Data }) {
  const others = Object.entries(data.others).map(([state, number]) => `${number.toLocaleString("en")} ${state}`);
  return (
    <Section title="Next, and the rest">
      <dl class="facts body">
        {data.messages_failed > 0 && <Fact name="Messages"><a href={link("health", "notifications")}>{data.messages_failed.toLocaleString("en")} could not be delivered</a></Fact>}
        {others.length > 0 && <Fact name="By hand">{others.join(", ")}</Fact>}
        <Fact name="Next">
          {data.next.length === 0 ? "nothing is scheduled" : data.next.map((one) => (
            <span key={one.id} class="coming">
              <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a> {one.next_utc && <Time at={one.next_utc} zone={one.timezone} />}
            </span>
          ))}
        </Fact>
        <Fact name="Within a day">{data.coming === 1 ? "1 schedule" : `${data.coming.toLocaleString("en")} schedules`}</Fact>
        <Fact name="Disk">{size(data.free_bytes)} free</Fact>
        <Fact name="Last backup">{data.backup.made_at ? <Time at={data.backup.made_at} /> : "none"}</Fact>
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
