/** When something fires next, or what keeps it from firing; never a time that has passed. */
import { State } from "./state";
import { Time } from "../time/time";

interface Props {
  row: { enabled: boolean; paused?: boolean; next_utc: string | null; overdue_since?: string | null | undefined; spec?: Record<string, unknown> };
  zone?: string;
}

export function NextFire({ row, zone }: Props) {
  if (!row.enabled) return row.paused === false ? <span>workflow paused</span> : <State state="paused" />;
  if (row.overdue_since) return <span class="warn">overdue since <Time at={row.overdue_since} {...(zone ? { zone } : {})} /></span>;
  if (row.spec?.["at_start"] === "boot") return <span>at the next boot</span>;
  if (row.spec?.["at_start"] === "scheduler") return <span>at the next start</span>;
  return <Time at={row.next_utc} {...(zone ? { zone } : {})} />;
}
