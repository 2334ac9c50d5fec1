/** The fields of a task's form. */

import { CheckField, ChoiceField, Field, TextField } from "../../parts/fields";
import type { OutputFile, TaskValues } from "./task-values";

type FieldOf = <N extends keyof TaskValues>(name: N) => { value: TaskValues[N]; onInput: (value: TaskValues[N]) => void };

interface FieldsProps {
  values: TaskValues;
  field: FieldOf;
}

const LINES = "It holds a text of several lines; change it as YAML.";
const DURATION = "Seconds, or a text such as 5m.";

export function TaskFields({ values, field, onCommand }: FieldsProps & { onCommand: (command: string) => void }) {
  const command = { label: values.shell ? "Command (a shell line)" : "Command", value: values.command, onInput: onCommand };
  return (
    <div class="fields">
      <TextField label="Task ID" required mono {...field("id")} />
      <div class="twice">
        <TextField
          {...command}
          hint="A program, a script or a batch file."
          required
          autofocus
          mono
          rows={values.shell || values.command.includes("\n") ? 2 : undefined}
        />
      </div>
      <div class="across"><Arguments values={values} field={field} /></div>
      <TextField label="Expected exit codes" hint="Several are separated by spaces; 0-7 is a range." {...field("expected_exit_codes")} />
      <div class="twice"><OutputFiles files={values.output_files} onInput={field("output_files").onInput} /></div>
      <TextField label="Retry count" type="number" hint="Further attempts after a failure." {...field("retry_count")} />
      <TextField label="Retry delay" hint={DURATION} {...field("retry_delay")} />
      <CheckField
        label="Continue on failure"
        hint="The workflow goes on although this task failed."
        checked={values.continue_on_failure}
        onInput={field("continue_on_failure").onInput}
      />
    </div>
  );
}

function Arguments({ values, field }: FieldsProps) {
  if (values.args === null) return <Unchanged label="Arguments" />;
  const hint = values.argsEach ? "One a line; each is passed as it is." : "Split as the operating system's command line does.";
  const { onInput } = field("args");
  return <TextField label="Arguments" hint={hint} mono value={values.args} onInput={onInput} rows={values.argsEach ? Math.min(8, 1 + values.args.split("\n").length) : undefined} />;
}

/** A row for each file, and an empty one for the next. */
function OutputFiles({ files, onInput }: { files: OutputFile[]; onInput: (files: OutputFile[]) => void }) {
  const rows = [...files, { path: "", minimum_size: "" }];
  const change = (at: number, changed: Partial<OutputFile>) => {
    const all = rows.map((one, other) => (other === at ? { ...one, ...changed } : one));
    onInput(all.slice(0, all.findLastIndex((one) => one.path || one.minimum_size) + 1));
  };
  return (
    <fieldset class="files">
      <legend>Output files</legend>
      {rows.map((file, at) => (
        <div key={at} class="file">
          <input class="mono" aria-label={`Output file ${at + 1}`} placeholder={at === 0 ? "out/*.csv" : "one more"} value={file.path} spellcheck={false} onInput={(event) => change(at, { path: event.currentTarget.value })} />
          <input aria-label={`Smallest size of output file ${at + 1}, in bytes`} placeholder="smallest size, bytes" inputMode="numeric" value={file.minimum_size} onInput={(event) => change(at, { minimum_size: event.currentTarget.value })} />
        </div>
      ))}
      <p class="hint">Each must have been written by the task; a pattern stands for all files that fit it.</p>
    </fieldset>
  );
}

function Unchanged({ label }: { label: string }) {
  return (
    <Field label={label} hint={LINES}>
      {(attributes) => <input {...attributes} value="…" disabled />}
    </Field>
  );
}

interface MoreProps extends FieldsProps {
  others: string[];
  isGraph: boolean;
  before: string[];
  position: string;
  onPosition: (position: string) => void;
}

export function TaskMore({ values, field, others, isGraph, before, position, onPosition }: MoreProps) {
  return (
    <details>
      <summary>More: order, limits, environment</summary>
      <div class="fields">
        <div class="across">
          <DependsOn values={values} field={field} others={others} isGraph={isGraph} before={before} />
        </div>
        <TextField label="Place in the list" type="number" hint="1 is first." value={position} onInput={onPosition} />
        <TextField label="Retry backoff" hint="Each further delay is so many times the one before." {...field("retry_backoff")} />
        <TextField label="Longest retry delay" hint={`No delay is longer. ${DURATION} Empty: no bound.`} {...field("retry_max_delay")} />
        <TextField label="Time limit" hint={`${DURATION} Empty: none.`} {...field("timeout")} />
        <TextField label="Stop grace" hint="Between the polite signal and the end by force." {...field("stop_grace")} />
        <TextField label="Output timeout" hint="How long to wait for each output file." {...field("output_timeout")} />
        <ChoiceField
          label="Guarantee"
          hint="Whether an attempt whose end nobody knows is made again."
          options={[["at_least_once", "At least once"], ["at_most_once", "At most once"]]}
          {...field("guarantee")}
        />
        <TextField label="Working folder" hint="Empty: the home." mono {...field("working_dir")} />
        <TextField label="Environment file" hint="A file of NAME=value lines." mono {...field("env_file")} />
        <div class="across">
          {values.env === null ? (
            <Unchanged label="Environment" />
          ) : (
            <TextField label="Environment" hint="NAME=value, one a line." rows={3} mono value={values.env} onInput={field("env").onInput} />
          )}
        </div>
        <div class="across">
          <CheckField label="Shell" hint="Hand the command to the operating system's shell." checked={values.shell} onInput={field("shell").onInput} />
        </div>
      </div>
    </details>
  );
}

function DependsOn({ values, field, others, isGraph, before }: Omit<MoreProps, "position" | "onPosition">) {
  const { onInput } = field("depends_on");
  const chosen = values.depends_on;
  if (others.length === 0) return <p class="note">It is the only task, so it depends on none.</p>;
  const toggle = (one: string, on: boolean) => onInput(others.filter((other) => (other === one ? on : chosen?.includes(other))));
  return (
    <fieldset class="depends">
      <legend>Depends on</legend>
      {!isGraph && (
        <CheckField
          label="In the order of the list"
          hint="Without it, this task starts when those chosen are over."
          checked={chosen === null}
          onInput={(ordered) => onInput(ordered ? null : before)}
        />
      )}
      {chosen !== null && (
        <div class="row">
          {others.map((one) => (
            <CheckField key={one} label={one} checked={chosen.includes(one)} onInput={(on) => toggle(one, on)} />
          ))}
        </div>
      )}
      {chosen?.length === 0 && <p class="note">With none chosen it starts with the run.</p>}
    </fieldset>
  );
}
