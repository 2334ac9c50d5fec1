/** What runs, what went wrong since yesterday and what to do about it, what comes next, and whether the engine is well. */

import "./overview.css";

import { useEffect, useRef, useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Icon } from "../../components/icons";
import { Empty, Head, Section, Show } from "../../components/layout";
import { LateList } from "../../components/late-list";
import { Untold } from "../../components/untold";
import { link } from "../../router";
import { relative } from "../../time/format";
import { now } from "../../time/settings";
import { Time } from "../../time/time";
import type { OverviewData } from "./data";
import { Day } from "./day";
import { Running } from "./running";
import { Trouble } from "./trouble";
import { Welcome } from "./welcome";

export function Overview() {
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/overview", { signal })),
    (one) => one.kind.startsWith("run.") || one.kind.startsWith("fire.") || one.kind.startsWith("deadline.") || one.kind === "catalog.changed",
    [],
  );
  // A minute without news still moves what is due and what is late. What is shown stays meanwhile, with its open dialog.
  const minute = Math.floor(now.value.getTime() / 60_000);
  const first = useRef(minute);
  useEffect(() => {
    if (minute !== first.current) loaded.again();
  }, [minute]);
  const [creating, setCreating] = useState(false);
  const workflows = useLive(
    (signal) => take(api.GET("/api/v1/workflows", { params: { query: { limit: 1 } }, signal })),
    (one) => one.kind === "catalog.changed",
    [],
  );
  const empty = workflows.data?.items.length === 0;
  return (
    <>
      <Head title="Overview" beside={loaded.data && <Engine engine={loaded.data.engine} />}>
        {loaded.data && <Counts counts={loaded.data.counts} />}
        <a class="button" href={link("report")}>Report</a>
      </Head>
      <Show loaded={loaded}>
        {(data) => (
          <>
            <Untold />
            {(empty || creating) && <Welcome creating={creating} onCreating={setCreating} />}
            <Day data={data} />
            <div class="overview">
              <div class="stack">
                <LateList late={data.late} />
                <Running runs={data.running} />
                <Trouble failed={data.failed} skipped={data.skipped} />
              </div>
              <Next next={data.next} />
            </div>
          </>
        )}
      </Show>
    </>
  );
}

function Engine({ engine }: { engine: OverviewData["engine"] }) {
  const tone = engine.working ? "good" : "bad";
  const word = engine.working ? "scheduler running" : engine.running ? "scheduler not working" : "scheduler not running";
  return (
    <a class={`state ${tone}`} href={link("health")} title={`last heartbeat: ${engine.heartbeat_at ?? "never"}`}>
      <Icon name={engine.working ? "health" : "warning"} /> {word}
    </a>
  );
}

function Counts({ counts }: { counts: OverviewData["counts"] }) {
  return (
    <p class="faint numbers">
      <a href={link("runs", { state: "running" })}>{counts["running"]} running</a> ·{" "}
      <a href={link("runs", { state: "queued" })}>{counts["queued"]} queued</a>
    </p>
  );
}

function Next({ next }: { next: OverviewData["next"] }) {
  return (
    <Section title="Next fires" beside={<a href={link("schedules", "calendar")}>Calendar</a>}>
      {next.length === 0 ? (
        <Empty words="No fires ahead. Add a schedule on a workflow's page." />
      ) : (
        <ol class="next">
          {next.map((one) => (
            <li key={`${one.schedule_id}${one.utc}`} data-row>
              <a href={link("workflows", one.workflow_id)}>{one.workflow_id}</a>
              <span class="faint">{relative(new Date(one.utc), now.value)}</span>
              <span class="reason">{one.schedule_id}</span>
              <Time at={one.utc} zone={one.timezone} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
