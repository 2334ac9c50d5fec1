/** Form fields: a label, a hint that says what may be written, and what is wrong with it. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  problem?: string;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}

export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  const about = hint || problem ? `${id}-about` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": about, "aria-invalid": problem ? true : undefined })}
      {about && (
        <p id={about} class={problem ? "hint wrong" : "hint"}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  problem?: string;
  placeholder?: string;
  type?: "text" | "password" | "number" | "search" | "date" | "datetime-local";
  rows?: number;
  required?: boolean;
  autofocus?: boolean;
  autocomplete?: string;
  mono?: boolean;
  list?: string[];
}

export function TextField(props: TextProps) {
  const { label, hint, problem, rows, value, onInput, mono, list, ...rest } = props;
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => {
        const common = {
          ...attributes,
          ...rest,
          value,
          class: mono ? "mono" : undefined,
          spellcheck: false,
          onInput: (event: Event) => onInput((event.currentTarget as HTMLInputElement).value),
        };
        if (rows) return <textarea {...(common as object)} rows={rows} />;
        return (
          <>
            <input {...(common as object)} list={list ? `${attributes.id}-list` : undefined} />
            {list && (
              <datalist id={`${attributes.id}-list`}>
                {list.map((one) => (
                  <option key={one} value={one} />
                ))}
              </datalist>
            )}
          </>
        );
      }}
    </Field>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: [value: string, words: string][];
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  problem?: string;
}

export function ChoiceField({ label, value, options, onInput, hint, problem }: ChoiceProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onInput(event.currentTarget.value)}>
          {options.map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField(props: { label: string; checked: boolean; onInput: (checked: boolean) => void; hint?: string }) {
  const id = useId();
  return (
    <div class="field check">
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        aria-describedby={props.hint ? `${id}-about` : undefined}
        onChange={(event) => props.onInput(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
      {props.hint && (
        <p id={`${id}-about`} class="hint">
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** One of a few, all of them in sight. */
export function Segments<T extends string>(props: {
  label: string;
  value: T;
  options: [value: T, words: ComponentChildren][];
  onInput: (value: T) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={props.label}>
      {props.options.map(([one, words]) => (
        <button key={one} type="button" aria-pressed={one === props.value} onClick={() => props.onInput(one)}>
          {words}
        </button>
      ))}
    </div>
  );
}
