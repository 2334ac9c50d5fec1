/** Whether somebody looks after the failure of a run; messages about it are repeated until then. */

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Icon } from "../../components/icons";
import { attempt } from "../../components/notices";
import { Press } from "../../components/press";
import { can } from "../../session";
import { Time } from "../../time/time";

export function Acknowledge({ run }: { run: string }) {
  const params = { path: { run } };
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/runs/{run}/incidents", { params, signal })),
    (one) => one.run_id === run,
    [run],
  );
  const [incident] = loaded.data?.items ?? [];
  if (!incident) return null;
  if (incident.acked_at) {
    return (
      <p class="sentence calm">
        Acknowledged by {incident.acked_by}, <Time at={incident.acked_at} />{incident.note && `: ${incident.note}`}
      </p>
    );
  }
  if (!can("operator")) return null;
  const act = () =>
    attempt(() => api.POST("/api/v1/runs/{run}/ack", { params, body: { note: "" } }), "Messages about it are not repeated.").then(loaded.again);
  return (
    <p class="row">
      <Press title="Messages about this failure are not repeated" act={act}>
        <Icon name="succeeded" /> Acknowledge
      </Press>
    </p>
  );
}
