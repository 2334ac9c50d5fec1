/** A list of runs that is loaded page by page and stays true meanwhile. Pure. */

import type { Shapes } from "../../api/client";

export type Row = Shapes["RunRow"];

export interface List {
  rows: Row[];
  /** Where the list goes on; null at its end. */
  cursor: string | null;
}

export interface Page {
  items: Row[];
  next_cursor: string | null;
}

/** Newest first, as the API orders them. */
const isOlder = (one: Row, other: Row) =>
  Date.parse(one.queued_at) - Date.parse(other.queued_at) || (one.id < other.id ? -1 : Number(one.id > other.id));

/** The list with its next page. */
export function extended(list: List, page: Page): List {
  const known = new Set(list.rows.map(({ id }) => id));
  return { rows: [...list.rows, ...page.items.filter(({ id }) => !known.has(id))], cursor: page.next_cursor };
}

/** The list with its first page as it is now: what the page no longer has is gone, what is behind the page stays. */
export function refreshed(list: List, page: Page): List {
  const edge = page.items.at(-1);
  if (!edge || page.next_cursor === null) return { rows: page.items, cursor: null };
  const behind = list.rows.findIndex((row) => isOlder(row, edge) < 0);
  const newest = list.rows[0];
  // More came than a page holds: what lies between is not known, so the list starts again.
  if (behind < 0 || (newest && isOlder(newest, edge) < 0)) return { rows: page.items, cursor: page.next_cursor };
  return { rows: [...page.items, ...list.rows.slice(behind)], cursor: list.cursor };
}

interface Told {
  kind: string;
  run_id?: string;
  at?: string;
  reason?: string;
}

const KINDS = /^run\.(queued|running|succeeded|failed|cancelled|unknown)$/;

/** The rows with what was told of them; `wanted` is the state that alone is shown, if there is one. */
export function told(rows: Row[], happenings: Told[], wanted: string | null): Row[] {
  const news = new Map<string, Told[]>();
  for (const one of happenings) {
    if (one.run_id && KINDS.test(one.kind)) news.set(one.run_id, [...(news.get(one.run_id) ?? []), one]);
  }
  if (!rows.some(({ id }) => news.has(id))) return rows;
  return rows
    .map((row) => (news.get(row.id) ?? []).reduce(changed, row))
    .filter((row) => !wanted || row.state === wanted || !news.has(row.id));
}

function changed(row: Row, { kind, at, reason }: Told): Row {
  const state = KINDS.exec(kind)?.[1] as Row["state"];
  const moment = at ?? null;
  if (state === "running") return { ...row, state, started_at: row.started_at ?? moment };
  if (state === "queued") return { ...row, state };
  return { ...row, state, finished_at: row.finished_at ?? moment, reason: reason ?? row.reason, cancel_requested: false };
}
