/** Says that no one is told of failures, or that messages could not be delivered. */

import { api, take } from "../api/client";
import { useLive } from "../live/live";
import { link } from "../router";
import { Icon } from "./icons";

export function Untold() {
  const loaded = useLive((signal) => take(api.GET("/api/v1/notifications", { signal })), ({ kind }) => kind === "run.failed", []);
  if (!loaded.data) return null;
  const { channels, failed, problem, wanted } = loaded.data;
  const where = <a href={link("health", "notifications")}>Notifications</a>;
  if (failed > 0 || problem) {
    return (
      <p class="problem" role="alert">
        <Icon name="warning" />
        <span>
          {problem ? "notify.yaml has mistakes, and what it said before applies." : `${failed} ${failed === 1 ? "message" : "messages"} could not be delivered.`} See {where}.
        </span>
      </p>
    );
  }
  if (channels.length > 0 || !wanted) return null;
  return (
    <p class="lost" role="status">
      <Icon name="warning" />
      <span>
        No one is told when something fails: {where} says how to change that. <code>NOTIFY=none</code> in <code>.env</code> removes this note.
      </span>
    </p>
  );
}
