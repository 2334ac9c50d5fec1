/** States are said three times: by icon, by word and by colour. */

import { Icon, type IconName } from "./icons";

interface Look {
  icon: IconName;
  tone: "good" | "bad" | "busy" | "calm" | "warn";
  word: string;
}

const LOOKS: Record<string, Look> = {
  succeeded: { icon: "succeeded", tone: "good", word: "succeeded" },
  failed: { icon: "failed", tone: "bad", word: "failed" },
  timed_out: { icon: "timed_out", tone: "bad", word: "timed out" },
  unknown: { icon: "unknown", tone: "warn", word: "unknown" },
  cancelled: { icon: "cancelled", tone: "calm", word: "cancelled" },
  queued: { icon: "queued", tone: "calm", word: "queued" },
  pending: { icon: "queued", tone: "calm", word: "pending" },
  ready: { icon: "queued", tone: "calm", word: "ready" },
  launching: { icon: "queued", tone: "busy", word: "launching" },
  running: { icon: "running", tone: "busy", word: "running" },
  checking_outputs: { icon: "checking", tone: "busy", word: "checking output files" },
  waiting: { icon: "waiting", tone: "warn", word: "waiting to retry" },
  skipped: { icon: "skipped", tone: "calm", word: "skipped" },
  coalesced: { icon: "skipped", tone: "calm", word: "caught up by one run" },
  skipped_overlap: { icon: "skipped", tone: "warn", word: "skipped: still running" },
  skipped_too_old: { icon: "skipped", tone: "warn", word: "skipped: too old" },
  skipped_paused: { icon: "pause", tone: "calm", word: "skipped: paused" },
  skipped_calendar: { icon: "skipped", tone: "calm", word: "skipped: closed day" },
  skipped_request: { icon: "skipped", tone: "calm", word: "skipped on request" },
  ok: { icon: "succeeded", tone: "good", word: "ok" },
  warning: { icon: "warning", tone: "warn", word: "warning" },
  problem: { icon: "failed", tone: "bad", word: "problem" },
  paused: { icon: "pause", tone: "calm", word: "paused" },
  active: { icon: "running", tone: "busy", word: "active" },
  finished: { icon: "succeeded", tone: "good", word: "finished" },
  left: { icon: "waiting", tone: "calm", word: "left" },
  not_run: { icon: "skipped", tone: "calm", word: "not run" },
  deleted: { icon: "bin", tone: "calm", word: "run deleted" },
  sent: { icon: "succeeded", tone: "good", word: "sent" },
  held: { icon: "pause", tone: "calm", word: "held until quiet hours end" },
  late: { icon: "warning", tone: "bad", word: "late" },
  no_success: { icon: "warning", tone: "bad", word: "no success" },
  long: { icon: "waiting", tone: "warn", word: "takes long" },
  at_risk: { icon: "waiting", tone: "warn", word: "at risk" },
  open: { icon: "waiting", tone: "calm", word: "open" },
  met: { icon: "succeeded", tone: "good", word: "met" },
  missed: { icon: "warning", tone: "bad", word: "missed" },
  void: { icon: "skipped", tone: "calm", word: "does not count" },
  joined: { icon: "succeeded", tone: "good", word: "active" },
  draining: { icon: "pause", tone: "calm", word: "draining" },
  invited: { icon: "waiting", tone: "calm", word: "invited" },
  expired: { icon: "cancelled", tone: "calm", word: "invitation expired" },
  silent: { icon: "warning", tone: "bad", word: "silent" },
  not_started: { icon: "waiting", tone: "calm", word: "not started yet" },
  incompatible: { icon: "warning", tone: "bad", word: "another version" },
  due: { icon: "waiting", tone: "calm", word: "due" },
};

export function lookOf(state: string): Look {
  return LOOKS[state] ?? { icon: "unknown", tone: "calm", word: state.replaceAll("_", " ") };
}

/** `small`: the icon alone, with the word for those who do not see it. */
export function State({ state, small }: { state: string; small?: boolean }) {
  const { icon, tone, word } = lookOf(state);
  return (
    <span class={`state ${tone}`} title={small ? word : undefined}>
      <Icon name={icon} />
      <span class={small ? "unseen" : undefined}>{word}</span>
    </span>
  );
}
