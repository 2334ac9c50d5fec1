/** Who or what started a run, in words. Pure. */

export interface Origin {
  started_by: string;
  schedule_id: string | null;
}

/** `schedule nightly`, `local:ada`; of runs before this was recorded only whether a schedule was it is known. */
export function originOf({ started_by, schedule_id }: Origin): string {
  if (schedule_id && (started_by === "schedule" || started_by === "")) return `schedule ${schedule_id}`;
  return started_by || "not recorded";
}
