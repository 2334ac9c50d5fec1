/** A text is checked as it is typed: what is wrong in it, or what saving it would change. */

import { useEffect, useState } from "preact/hooks";

import { api, Problem, take, type Place, type Shapes } from "../api/client";

export interface Check {
  /** The text that was checked. */
  text: string;
  errors: Place[];
  /** What saving would change, if nothing is wrong. */
  change?: Shapes["Applied"];
}

const PAUSE = 350;

/** `round` counts what makes the answer old although the text is the same. */
export function useCheck(workflow: string, text: string, round: number): Check | undefined {
  const [check, setCheck] = useState<Check>();
  useEffect(() => {
    const ending = new AbortController();
    const timer = setTimeout(async () => {
      const found = await checked(workflow, text, ending.signal);
      if (!ending.signal.aborted) setCheck(found);
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [workflow, text, round]);
  return check;
}

async function checked(workflow: string, text: string, signal: AbortSignal): Promise<Check> {
  const body = { yaml: text };
  try {
    await api.POST("/api/v1/workflows/validate", { body, signal });
    const params = { path: { workflow }, query: { dry_run: true } };
    const change = await take(api.PUT("/api/v1/workflows/{workflow}/document", { params, body, signal }));
    return { text, errors: [], change };
  } catch (error) {
    if (error instanceof Problem && error.errors.some((one) => one.line)) return { text, errors: error.errors };
    return { text, errors: [{ message: error instanceof Error ? error.message : String(error) }] };
  }
}
