/** A schedule by its form, with the fields and defaults of the menu and a preview of what they mean. */

import { useEffect, useState } from "preact/hooks";

import { api, Problem, takeTagged, type Shapes } from "../../api/client";
import { differs } from "../../api/declared";
import { problemsAt, scheduleParameters, typedForSchedule, type Parameters } from "../../api/parameters";
import { Dialog } from "../../components/dialog";
import type { Typed } from "../../api/declared";
import { Declared } from "../../components/declared-field";
import { ChoiceField, Segments, TextField } from "../../components/fields";
import { Form } from "../../components/form";
import { ParameterFields } from "../../components/parameter-fields";
import { useValues } from "../../components/values";
import { serverNow } from "../../api/server-time";
import { homeZone } from "../../session";
import { SchedulePreview } from "./schedule-preview";
import { FORM, newSchedule, previewed, scheduleChanges, scheduleOf, scheduleValues, specOf, type Period, type ScheduleValues } from "./schedule-values";

const PERIODS: [Period, string][] = [["week", "Week"], ["month", "Month"], ["quarter", "Quarter"], ["year", "Year"]];

interface ScheduleFormProps {
  workflow: string;
  parameters: Parameters;
  /** null: a new one. */
  schedule: Shapes["ScheduleAnswer"] | null;
  onClose: () => void;
}

export function ScheduleForm({ workflow, parameters, schedule, onClose }: ScheduleFormProps) {
  const [before, setBefore] = useState(() =>
    schedule ? scheduleValues(schedule, new Date(serverNow())) : newSchedule(homeZone.value, new Date(serverNow())),
  );
  const form = useValues<ScheduleValues>(before);
  const [params, setParams] = useState(() => typedForSchedule(parameters, schedule?.params));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [id, setId] = useState("");
  const [tag, setTag] = useState("");
  const path = { schedule: schedule?.id ?? "" };

  async function look(): Promise<void> {
    const [found, etag] = await takeTagged(api.GET("/api/v1/schedules/{schedule}", { params: { path, query: { count: 0 } } }));
    setTag(etag);
    setBefore(scheduleValues(found, new Date(serverNow())));
  }
  useEffect(() => {
    if (schedule) look().catch(() => undefined);
  }, []);

  async function submit(): Promise<void> {
    try {
      await save();
    } catch (error) {
      setProblems(error instanceof Problem ? problemsAt(error.errors) : {});
      throw error;
    }
    onClose();
  }

  async function save(): Promise<void> {
    const given = scheduleParameters(parameters, params);
    if (schedule) {
      const body = scheduleChanges(before, form.values) as Shapes["ScheduleChange"];
      if (differs(scheduleParameters(parameters, typedForSchedule(parameters, schedule.params)), given)) body.params = given as typeof body.params;
      const header = tag ? { "if-match": tag } : {};
      if (Object.keys(body).length > 0) await api.PATCH("/api/v1/schedules/{schedule}", { params: { path, header }, body });
    } else {
      const body = { ...scheduleOf(form.values), workflow_id: workflow, id: id.trim() || null, params: given, enabled: true } as Shapes["NewSchedule"];
      await api.POST("/api/v1/schedules", { body });
    }
  }

  return (
    <Dialog title={schedule ? `Schedule ${schedule.id}` : `Add a schedule to ${workflow}`} onClose={onClose} wide>
      <Form action={schedule ? "Save" : "Add schedule"} onSubmit={submit} refetch={look}>
        <TriggerFields form={form} />
        <SchedulePreview spec={specOf(form.values)} timezone={form.values.timezone} asked={previewed(schedule?.id ?? id.trim(), form.values)} />
        {Object.keys(parameters).length > 0 && (
          <fieldset class="fields">
            <legend>Parameters</legend>
            <ParameterFields parameters={parameters} values={params} problems={problems} defaults onInput={(name, value) => setParams((typed) => ({ ...typed, [name]: value }))} />
          </fieldset>
        )}
        <PolicyFields form={form}>
          {!schedule && <TextField label="Schedule ID" hint="Empty: the next free schedule_N." mono value={id} onInput={setId} />}
        </PolicyFields>
      </Form>
    </Dialog>
  );
}

type FormProps = { form: ReturnType<typeof useValues<ScheduleValues>>; children?: preact.ComponentChildren };

export function TriggerFields({ form: { values, set, field } }: FormProps) {
  return (
    <>
      <Segments label="Trigger type" options={[["interval", "Interval"], ["cron", "Cron"], ["times", "Times"], ["business", "Business day"], ["date", "Date"], ["start", "Start"]]} value={values.kind} onInput={set("kind")} />
      <div class="fields">
        {values.kind === "interval" && (
          <>
            <TextField label="Interval in minutes" hint="Or with a unit, such as 90s, 1h30m, 3d or 2w." required {...field("interval")} />
            <TextField label="Time of day" hint="HH:MM, for whole days or weeks. Empty: a fixed interval." {...field("atTime")} />
            {values.atTime.trim() && <TextField label="Counted from" hint="YYYY-MM-DD. Empty: the next day with that time." {...field("starting")} />}
          </>
        )}
        {values.kind === "times" && (
          <>
            <TextField label="Times of day" hint="HH:MM, separated by commas." required {...field("times")} />
            <TextField label="Days of week" hint="mon-fri, sat,sun or *" {...field("timesDays")} />
          </>
        )}
        {values.kind === "business" && (
          <>
            <TextField label="Which open day" hint="1 is the first, -1 the last. Name the calendar below." type="number" required {...field("nth")} />
            <ChoiceField label="Of the" options={PERIODS} value={values.of} onInput={(period) => set("of")(period as Period)} />
            <TextField label="Time of day" hint="HH:MM. Empty: midnight." {...field("atTime")} />
          </>
        )}
        {values.kind === "date" && <TextField label="Date and time" hint="YYYY-MM-DD HH:MM:SS in the time zone." required mono {...field("date")} />}
        {values.kind === "start" && (
          <div class="across">
            <Segments label="Fires when" options={[["boot", "The machine boots"], ["scheduler", "The scheduler starts"]]} value={values.start} onInput={set("start")} />
          </div>
        )}
        {values.kind === "cron" && !values.whole && (
          <>
            <TextField label="Day of week" hint="mon-fri, 0-7, *" {...field("days")} />
            <TextField label="Hour" hint="0-23, */2, *" {...field("hour")} />
            <TextField label="Minute" hint="0-59, */15" {...field("minute")} />
          </>
        )}
        {values.kind === "cron" && values.whole && (
          <div class="across">
            <TextField label="Cron expression" hint="Minute, hour, day of month, month, day of week; or a name such as @daily." required mono {...field("expression")} />
          </div>
        )}
        <TextField label="Time zone" hint="An IANA name such as Europe/Berlin." list={Intl.supportedValuesOf("timeZone")} {...field("timezone")} />
      </div>
      {values.kind === "cron" && (
        <button type="button" class="link" onClick={() => set("whole")(!values.whole)}>
          {values.whole ? "Use day, hour and minute" : "Use a cron expression"}
        </button>
      )}
    </>
  );
}

function PolicyFields({ form: { set, values }, children }: FormProps) {
  const onInput = (name: string) => (value: Typed) => set("policies")({ ...values.policies, [name]: value });
  return (
    <div class="fields">
      {FORM.map((field) => (
        <Declared key={field.name} field={field} value={values.policies[field.name] ?? ""} onInput={onInput(field.name)} />
      ))}
      {children}
    </div>
  );
}
