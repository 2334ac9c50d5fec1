/** A field for each parameter of a workflow, by its type. */

import { hintOf, textOf, type Parameter, type Parameters, type TypedParameters } from "../api/parameters";
import { CheckField, ChoiceField, TextField } from "./fields";

interface Props {
  parameters: Parameters;
  values: TypedParameters;
  onInput: (name: string, value: string) => void;
  problems?: Record<string, string>;
  /** Empty fields are allowed and mean the default, which they show. */
  defaults?: boolean;
}

export function ParameterFields({ parameters, values, onInput, problems = {}, defaults = false }: Props) {
  return (
    <>
      {Object.entries(parameters).map(([name, parameter]) => (
        <One key={name} name={name} parameter={parameter} value={values[name] ?? ""} onInput={(value) => onInput(name, value)} problem={problems[name]} defaults={defaults} />
      ))}
    </>
  );
}

interface OneProps {
  name: string;
  parameter: Parameter;
  value: string;
  onInput: (value: string) => void;
  problem?: string;
  defaults: boolean;
}

function One({ name, parameter, value, onInput, problem, defaults }: OneProps) {
  const hint = hintOf(parameter);
  const common = { label: name, hint, problem, value, onInput };
  const { type, options = [] } = parameter;
  if (type === "choice" || (type === "boolean" && defaults)) {
    const choices = type === "choice" ? options : ["true", "false"];
    const none: [string, string][] = value && !defaults ? [] : [["", parameter.required ? "Choose one" : `Default: ${textOf(parameter.default)}`]];
    return <ChoiceField {...common} options={[...none, ...choices.map((one): [string, string] => [one, one])]} />;
  }
  if (type === "boolean") return <CheckField label={name} hint={problem ?? hint} checked={value === "true"} onInput={(on) => onInput(String(on))} />;
  const placeholder = defaults ? textOf(parameter.default).replaceAll("\n", ", ") : undefined;
  const rows = type === "list" || value.includes("\n") ? 3 : undefined;
  // A date that is computed for each run is no day that a calendar could show.
  const kind = type === "date" && !defaults ? "date" : type === "integer" ? "number" : undefined;
  return <TextField {...common} placeholder={placeholder} rows={rows} type={kind} mono={type === "path"} />;
}
