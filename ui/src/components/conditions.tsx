/** What concerns every page: that the scheduler does not run or is about to stop, and that no schedule fires. */

import { useEffect } from "preact/hooks";

import { api, take, type Shapes } from "../api/client";
import { useLive } from "../live/live";
import { can } from "../session";
import { Time } from "../time/time";
import { setPlannerPaused } from "./actions";
import { Icon } from "./icons";
import { Press } from "./press";

/** What goes wrong with the scheduler itself makes no event. */
const PAUSE = 15_000;

type Engine = Shapes["HealthAnswer"]["engine"];

export function Conditions() {
  const health = useLive((signal) => take(api.GET("/api/v1/health", { signal })), concerns, []);
  const planner = useLive((signal) => take(api.GET("/api/v1/planner", { signal })), concerns, []);
  useEffect(() => {
    const look = () => {
      if (document.hidden) return;
      health.again();
      planner.again();
    };
    const timer = setInterval(look, PAUSE);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  return (
    <div class="conditions">
      {health.data && <Scheduler engine={health.data.engine} />}
      {planner.data?.paused && <Paused planner={planner.data} again={planner.again} />}
    </div>
  );
}

const concerns = ({ kind }: { kind: string }) => kind === "catalog.changed";

function Scheduler({ engine: { problem, ending } }: { engine: Engine }) {
  if (!problem) return null;
  return (
    <p class={ending ? "lost" : "problem"} role={ending ? "status" : "alert"}>
      <Icon name="warning" /> <span>{problem}</span>
    </p>
  );
}

function Paused({ planner, again }: { planner: Shapes["PlannerAnswer"]; again: () => void }) {
  return (
    <p class="lost" role="status">
      <Icon name="pause" />
      <span>
        All schedules are paused: none fires until you resume them. Paused by {planner.paused_by}, <Time at={planner.paused_at} />.
      </span>
      {can("operator") && <Press act={() => setPlannerPaused(false, again)}>Resume</Press>}
    </p>
  );
}
