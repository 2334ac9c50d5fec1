/** Whether all is well, and what the scheduler wrote about itself. */

import "./health.css";

import { api, take, type Shapes } from "../../api/client";
import { useLive, type Loaded } from "../../live/live";
import { setPlannerPaused } from "../../components/actions";
import { Head, Section, Show, Tabs } from "../../components/layout";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { link } from "../../router";
import { can } from "../../session";
import { Time } from "../../time/time";
import { Backups } from "./backups";
import { Log } from "./log";
import { Maintenance } from "./maintenance";
import { Notifications } from "./notifications";
import { aboutService } from "./words";

export function Health({ view }: { view: string }) {
  return (
    <>
      <Head title="Health" />
      <Tabs
        label="Views"
        current={view}
        tabs={[
          { name: "state", label: "Status", href: link("health") },
          { name: "notifications", label: "Notifications", href: link("health", "notifications") },
          { name: "log", label: "Log", href: link("health", "log") },
        ]}
      />
      {view === "log" ? <Log /> : view === "notifications" ? <Notifications /> : <StateOfThings />}
    </>
  );
}

function StateOfThings() {
  const health = useLive((signal) => take(api.GET("/api/v1/health", { signal })), () => false, []);
  const findings = useLive((signal) => take(api.GET("/api/v1/doctor", { signal })), () => false, []);
  const planner = useLive((signal) => take(api.GET("/api/v1/planner", { signal })), () => false, []);
  const service = useLive((signal) => take(api.GET("/api/v1/service", { signal })), () => false, []);
  const again = () => {
    health.again();
    findings.again();
    planner.again();
    service.again();
  };
  return (
    <div class="health">
      <div class="stack">
        <Section title="Scheduler" beside={<button onClick={again}>Check again</button>}>
          <Show loaded={health}>{(data) => <Facts data={data} service={service} />}</Show>
          <Show loaded={planner}>{(state) => <Planner state={state} again={planner.again} />}</Show>
        </Section>
        {can("admin") && <Maintenance />}
      </div>
      <div class="stack">
        <Section title="Health checks">
          <Show loaded={findings}>{(rows) => <Findings rows={rows} />}</Show>
        </Section>
        {can("admin") && <Backups />}
      </div>
    </div>
  );
}

function Findings({ rows }: { rows: Shapes["FindingAnswer"][] }) {
  return (
    <ul class="findings">
      {[...rows].sort((a, b) => weight(a) - weight(b)).map((one) => (
        <li key={one.about + one.words} data-row>
          <State state={one.state} />
          <div>
            <strong>{one.about}</strong>
            <p>{one.words}</p>
            {one.advice && <p class="reason">{one.advice}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Planner({ state, again }: { state: Shapes["PlannerAnswer"]; again: () => void }) {
  return (
    <dl class="facts body planner">
      <dt>Planner</dt>
      <dd class="row">
        <State state={state.paused ? "paused" : "ok"} />
        {state.paused && (
          <span class="reason">
            by {state.paused_by}, <Time at={state.paused_at} />
          </span>
        )}
        {can("operator") && (
          <Press act={() => setPlannerPaused(!state.paused, again)}>
            {state.paused ? "Resume" : "Pause all schedules"}
          </Press>
        )}
      </dd>
    </dl>
  );
}

const weight = (one: Shapes["FindingAnswer"]) => ["problem", "warning", "ok"].indexOf(one.state);

function Facts({ data, service }: { data: Shapes["HealthAnswer"]; service: Loaded<Shapes["ServiceAnswer"]> }) {
  const { engine, disk } = data;
  return (
    <dl class="facts body">
      <dt>State</dt>
      <dd>
        <State state={data.status === "ok" ? "ok" : "problem"} />
        {engine.problem && <p class="reason">{engine.problem}</p>}
      </dd>
      <dt>Process</dt>
      <dd>{engine.pid ?? "none"}</dd>
      <dt>Started</dt>
      <dd>
        <Time at={engine.started_at} />
      </dd>
      <dt>Last heartbeat</dt>
      <dd>
        <Time at={engine.heartbeat_at} seconds />
      </dd>
      <dt>Service</dt>
      {/* Where no service manager is known, that is the sentence, and nothing is wrong. */}
      <dd>{service.data ? aboutService(service.data) : (service.problem?.message ?? "…")}</dd>
      <dt>Database</dt>
      <dd class="mono">{data.database}</dd>
      <dt>Free disk space</dt>
      <dd>{(disk.free_bytes / 1e9).toFixed(1)} GB</dd>
      <dt>Version</dt>
      <dd>{data.version}</dd>
    </dl>
  );
}
