/** Loads the list of runs page by page, and keeps it true by what happens. */

import { useEffect, useRef, useState } from "preact/hooks";

import { api, Problem, take, type Shapes } from "../../api/client";
import { onHappening, useLive, type Loaded } from "../../live/live";
import { extended, refreshed, told, type List } from "./list";

export interface Filter {
  state: Shapes["RunState"] | null;
  workflow: string | null;
  schedule: string | null;
  backfill: string | null;
  q: string | null;
}

const PAGE = 100;

export interface Runs extends Loaded<List> {
  /** Load the next page, if there is one. */
  more: () => void;
}

export function useRuns(filter: Filter): Runs {
  const name = JSON.stringify(filter);
  const [list, setList] = useState<{ name: string; list: List }>();
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  const change = (work: (list: List) => List) =>
    setList((before) => (before?.name === name ? { name, list: work(before.list) } : before));

  const first = useLive(
    (signal) => ask(filter, null, signal),
    (one) => one.kind.startsWith("run."),
    [name],
  );
  useEffect(() => {
    const page = first.data;
    if (!page) return;
    setList((before) => ({
      name,
      list: before?.name === name ? refreshed(before.list, page) : { rows: page.items, cursor: page.next_cursor },
    }));
  }, [first.data]);
  useEffect(() => onHappening((all) => change((found) => ({ ...found, rows: told(found.rows, all, filter.state) }))), [name]);

  const shown = list?.name === name ? list.list : undefined;
  async function more(): Promise<void> {
    if (busy.current || !shown?.cursor) return;
    busy.current = true;
    try {
      const page = await ask(filter, shown.cursor);
      change((found) => (found.cursor === shown.cursor ? extended(found, page) : found));
      setProblem(undefined);
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, String(error)));
    } finally {
      busy.current = false;
    }
  }
  return { data: shown, problem: first.problem ?? problem, again: problem ? () => void more() : first.again, more: () => void more() };
}

function ask({ state, workflow, schedule, backfill, q }: Filter, cursor: string | null, signal?: AbortSignal): Promise<Shapes["RunPage"]> {
  const given = Object.entries({ state, workflow, schedule, backfill, q, cursor }).filter(([, value]) => value);
  return take(api.GET("/api/v1/runs", { params: { query: { limit: PAGE, ...Object.fromEntries(given) } }, signal }));
}
