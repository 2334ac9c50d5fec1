/** The values of a form's fields, and a setter for each. */

import { useState } from "preact/hooks";

export function useValues<V extends object>(first: V | (() => V)) {
  const [values, setValues] = useState<V>(first);
  const set =
    <N extends keyof V>(name: N) =>
    (value: V[N]) =>
      setValues((before) => ({ ...before, [name]: value }));
  /** Label-free attributes of a field: its value and what happens as one types. */
  const field = <N extends keyof V>(name: N) => ({ value: values[name], onInput: set(name) });
  return { values, set, setValues, field };
}
