/** A schedule between its spec and what stands in the form's fields. Pure. */

import type { Shapes } from "../../api/client";
import { changesOf, differs, plainOf, requestOf, valuesOf, type TypedValues } from "../../api/declared";
import { POLICIES } from "../../api/fields";
import { clock, isoDay } from "../../time/format";

export type Kind = "interval" | "cron" | "times" | "business" | "date" | "start";
export type Period = "week" | "month" | "quarter" | "year";
export type Start = "boot" | "scheduler";
export type Spec = Pick<Shapes["PreviewRequest"], "cron" | "times" | "days" | "every" | "at_time" | "starting" | "interval" | "at" | "business_day" | "at_start">;

export interface ScheduleValues {
  kind: Kind;
  interval: string;
  /** Of an interval of whole days or weeks, or of a business day. */
  atTime: string;
  starting: string;
  times: string;
  timesDays: string;
  nth: string;
  of: Period;
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

/** The policies that decide when a fire is due. */
const DUE = new Set(["calendar", "on_closed", "collide", "jitter", "from", "until", "paused_until"]);

/** A time as YYYY-MM-DD HH:MM:SS on the clocks of the zone. */
export function wallClock(at: Date, zone: string): string {
  return `${isoDay(at, zone)} ${clock(at, zone, true)}`;
}

/** The menu's defaults. */
export function newSchedule(zone: string, now: Date): ScheduleValues {
  return {
    kind: "interval",
    interval: "60",
    atTime: "",
    starting: "",
    times: "06:00, 12:30",
    timesDays: "mon-fri",
    nth: "-1",
    of: "month",
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
  if (Array.isArray(spec["times"])) return { ...values, kind: "times", times: spec["times"].join(", "), timesDays: String(spec["days"] ?? "*") };
  const business = spec["business_day"] as Shapes["PreviewRequest"]["business_day"];
  if (business) return { ...values, kind: "business", nth: String(business.nth), of: business.of, atTime: business.time };
  const interval = String(spec["interval"] ?? spec["every"]);
  return { ...values, kind: "interval", interval, atTime: String(spec["at_time"] ?? ""), starting: String(spec["starting"] ?? "") };
}

/** The trigger as the API takes it. Minutes; with a unit, as in 90s or 1h30m, any interval. */
export function specOf(values: ScheduleValues): Spec {
  if (values.kind === "date") return { at: values.date.trim() };
  if (values.kind === "start") return { at_start: values.start };
  if (values.kind === "cron") return { cron: expressionOf(values) };
  if (values.kind === "times") return { times: values.times.trim(), days: values.timesDays.trim() || "*" };
  const [interval, time, starting] = [values.interval, values.atTime, values.starting].map((text) => text.trim()) as [string, string, string];
  if (values.kind === "business") return { business_day: { nth: Number(values.nth), of: values.of, time: time || "00:00" } };
  if (time) return { every: interval, at_time: time, ...(starting ? { starting } : {}) };
  const minutes = Number(interval);
  return interval !== "" && minutes > 0 ? { interval: minutes } : { every: interval };
}

/** What the preview needs beside the trigger. */
export function previewed(id: string, values: ScheduleValues): Partial<Shapes["PreviewRequest"]> {
  const fields = FORM.filter(({ name }) => DUE.has(name));
  return { id: id || null, ...Object.fromEntries(fields.map((field) => [field.name, requestOf(field, values.policies[field.name] ?? null)])) };
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
  const policies = Object.fromEntries(FORM.map((field) => [field.name, plainOf(field, schedule)]));
  return { id, workflow_id, ...spec, timezone, ...policies, params: schedule.params, enabled: !paused } as Shapes["NewSchedule"];
}
