/** The field of a form for a declared one. */

import { NO_FILE, type DeclaredField, type OutputFile, type Typed } from "../api/declared";
import { CheckField, ChoiceField, Field, TextField } from "./fields";

interface Props {
  field: DeclaredField;
  value: Typed;
  onInput: (value: never) => void;
  /** Of a field with a meaning of its own in this form. */
  hint?: string;
}

const LINES = "A form cannot show it; edit it as YAML.";

export function Declared({ field, value, onInput, hint = hintOf(field) }: Props) {
  const typed = onInput as (value: Typed) => void;
  const { label } = field;
  if (value === null) return <Unchanged label={label} />;
  switch (field.kind) {
    case "flag":
      if (typeof value === "boolean") return <CheckField label={label} hint={hint} checked={value} onInput={typed} />;
      return <ChoiceField label={label} hint={field.help} options={[["", capital(field.unset ?? "")], ...(field.words ?? [])]} value={String(value)} onInput={typed} />;
    case "choice":
      return <ChoiceField label={label} hint={hint} options={field.words ?? []} value={String(value)} onInput={typed} />;
    case "files":
      return <OutputFiles field={field} files={value as OutputFile[]} onInput={typed} />;
    case "sources":
      return <TextField label={label} hint={`${hint} One per line.`} rows={3} mono value={String(value)} onInput={typed} />;
    case "variables":
      return <TextField label={label} hint="NAME=value, one per line." rows={3} mono value={String(value)} onInput={typed} />;
    default: {
      const rows = field.kind === "text" && String(value).includes("\n") ? 3 : undefined;
      const type = field.kind === "count" ? "number" : undefined;
      return <TextField label={label} hint={hint} type={type} rows={rows} mono={field.kind === "path"} value={String(value)} onInput={typed} />;
    }
  }
}

const capital = (words: string) => words.slice(0, 1).toUpperCase() + words.slice(1);

function hintOf({ help = "", kind, unset }: DeclaredField): string {
  return [help, (kind === "duration" || kind === "length") && `Seconds, or a duration such as 5m${kind === "length" ? ", or usual" : ""}.`, unset && `Empty: ${unset}.`].filter(Boolean).join(" ");
}

export function Unchanged({ label }: { label: string }) {
  return (
    <Field label={label} hint={LINES}>
      {(attributes) => <input {...attributes} value="…" disabled />}
    </Field>
  );
}

/** A row for each file, and an empty one for the next. */
function OutputFiles({ field, files, onInput }: { field: DeclaredField; files: OutputFile[]; onInput: (files: OutputFile[]) => void }) {
  const rows = [...files, NO_FILE];
  const change = (at: number, changed: Partial<OutputFile>) => {
    const all = rows.map((file, other) => (other === at ? { ...file, ...changed } : file));
    onInput(all.slice(0, all.findLastIndex((file) => file.path || file.minimum_size) + 1));
  };
  return (
    <fieldset class="files">
      <legend>{field.label}</legend>
      {rows.map((file, at) => (
        <div key={at} class="file">
          <input class="mono" aria-label={`Output file ${at + 1}`} placeholder={at === 0 ? "out/*.csv" : "another file"} value={file.path} spellcheck={false} onInput={(event) => change(at, { path: event.currentTarget.value })} />
          <select aria-label={`Unusual size of output file ${at + 1}`} value={file.unusual} onChange={(event) => change(at, { unusual: event.currentTarget.value })}>
            <option value="warn">unusual: warn</option>
            <option value="fail">unusual: fail</option>
            <option value="off">unusual: off</option>
          </select>
          <input aria-label={`Minimum size of output file ${at + 1}, in bytes`} placeholder="minimum size, bytes" inputMode="numeric" value={file.minimum_size} onInput={(event) => change(at, { minimum_size: event.currentTarget.value })} />
        </div>
      ))}
      <p class="hint">{field.help}</p>
    </fieldset>
  );
}
