/** A schedule between its spec and what stands in the form's fields. Pure. */

import type { Shapes } from "../../api/client";
import { changesOf, differs, requestOf, valuesOf, type TypedValues } from "../../api/declared";
import { POLICIES } from "../../api/fields";
import { clock, isoDay } from "../../time/format";

export type Kind = "interval" | "cron" | "date" | "start";
export type Start = "boot" | "scheduler";
export type Spec = Pick<Shapes["PreviewRequest"], "cron" | "every" | "interval" | "at" | "at_start">;

export interface ScheduleValues {
  kind: Kind;
  interval: string;
  /** The three fields of the menu, or a whole expression. */
  whole: boolean;
  days: string;
  hour: string;
  minute: string;
  expression: string;
  date: string;
  start: Start;
  timezone: string;
  policies: TypedValues;
}

/** The policies that the form has: pausing is a button of its own, and parameters have fields of their own. */
export const FORM = POLICIES.filter(({ name }) => name !== "enabled" && name !== "params");

/** A time as YYYY-MM-DD HH:MM:SS on the clocks of the zone. */
export function wallClock(at: Date, zone: string): string {
  return `${isoDay(at, zone)} ${clock(at, zone, true)}`;
}

/** The menu's defaults. */
export function newSchedule(zone: string, now: Date): ScheduleValues {
  return {
    kind: "interval",
    interval: "60",
    whole: false,
    days: "mon-fri",
    hour: "0",
    minute: "0",
    expression: "0 0 * * mon-fri",
    date: wallClock(now, zone),
    start: "boot",
    timezone: zone,
    policies: valuesOf(FORM, {}),
  };
}

export function scheduleValues(schedule: Shapes["ScheduleAnswer"], now: Date): ScheduleValues {
  const { spec } = schedule;
  const values = {
    ...newSchedule(schedule.timezone, now),
    policies: valuesOf(FORM, schedule),
  };
  if (typeof spec["cron"] === "string") {
    const expression = spec["cron"];
    const [minute = "", hour = "", day, month, days = ""] = expression.split(/\s+/);
    const fields = day === "*" && month === "*" ? { whole: false, minute, hour, days } : { whole: true };
    return { ...values, kind: "cron", expression, ...fields };
  }
  if (spec["at"] !== undefined) return { ...values, kind: "date", date: String(spec["at"]) };
  if (spec["at_start"] !== undefined) return { ...values, kind: "start", start: spec["at_start"] as Start };
  return { ...values, kind: "interval", interval: String(spec["interval"] ?? spec["every"]) };
}

/** The trigger as the API takes it. Minutes; with a unit, as in 90s or 1h30m, any interval. */
export function specOf(values: ScheduleValues): Spec {
  if (values.kind === "date") return { at: values.date.trim() };
  if (values.kind === "start") return { at_start: values.start };
  if (values.kind === "cron") return { cron: expressionOf(values) };
  const interval = values.interval.trim();
  const minutes = Number(interval);
  return interval !== "" && minutes > 0 ? { interval: minutes } : { every: interval };
}

export function expressionOf(values: ScheduleValues): string {
  if (values.whole) return values.expression.trim();
  const [minute, hour, days] = [values.minute, values.hour, values.days].map((field) => field.replace(/\s+/g, "") || "*");
  return `${minute} ${hour} * * ${days}`;
}

/** What POST needs beside the workflow. */
export function scheduleOf(values: ScheduleValues): Spec & Partial<Shapes["ScheduleChange"]> {
  const policies = Object.fromEntries(FORM.map((field) => [field.name, requestOf(field, values.policies[field.name] ?? null)]));
  return { ...specOf(values), timezone: values.timezone.trim() || null, ...policies };
}

/** What PATCH has to say: the trigger only if it is another one, so that an interval keeps its anchor. */
export function scheduleChanges(before: ScheduleValues, after: ScheduleValues): Partial<Shapes["ScheduleChange"]> {
  const changes = changesOf(FORM, before.policies, after.policies) as Partial<Shapes["ScheduleChange"]>;
  if (differs(specOf(before), specOf(after))) Object.assign(changes, specOf(after));
  if (before.timezone !== after.timezone) changes.timezone = after.timezone.trim() || null;
  return changes;
}

/** All that a schedule is, for POST to make it again. */
export function whole(schedule: Shapes["ScheduleAnswer"]): Shapes["NewSchedule"] {
  const { id, workflow_id, spec, timezone, paused } = schedule;
  const policies = Object.fromEntries(FORM.map(({ name }) => [name, schedule[name as keyof typeof schedule]]));
  return { id, workflow_id, ...spec, timezone, ...policies, params: schedule.params, enabled: !paused } as Shapes["NewSchedule"];
}
