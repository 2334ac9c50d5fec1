/** Addresses: `#/runs/ID?state=failed`. Behind the hash, so that no request's path ever depends on a name. */

import { computed, signal } from "@preact/signals";

const address = signal(location.hash);

/** What would be lost if the page were left. `ask` is asked only while something would. */
export interface Guard {
  unsaved: () => boolean;
  ask: () => Promise<boolean>;
}

const guards = new Set<Guard>();
let asking = false;

/** Ask before the page is left for another one; returns what ends that. */
export function guardLeaving(guard: Guard): () => void {
  guards.add(guard);
  return () => guards.delete(guard);
}

/** Where the entry of the browser's history stands among those of this tab; undefined: it is a new one. */
const standing = () => (history.state as { at?: number } | null)?.at;

let at = standing() ?? 0;
const mark = (place: number) => history.replaceState({ at: place }, "");
mark(at);

type Move = { from: number; to: number; back: boolean };
let listener: (move: Move, before: string) => void = () => undefined;

/** Be told before another address is shown: `back` says that the browser's history led there. */
export function onMove(listen: typeof listener): void {
  listener = listen;
}

addEventListener("hashchange", () => void arrive());

async function arrive(): Promise<void> {
  const wanted = location.hash;
  if (wanted === address.value) return;
  const known = standing();
  const unsaved = [...guards].filter((guard) => guard.unsaved());
  if (unsaved.length > 0) return refuse(unsaved, wanted, known);
  const move: Move = { from: at, to: known ?? at + 1, back: known !== undefined };
  if (known === undefined) mark(move.to);
  at = move.to;
  listener(move, address.value);
  address.value = wanted;
}

/** The browser has gone already: it is led back, and goes again if the answer is yes. */
async function refuse(unsaved: Guard[], wanted: string, known: number | undefined): Promise<void> {
  const by = known === undefined ? 1 : known - at;
  if (by !== 0) history.go(-by);
  if (asking) return;
  asking = true;
  try {
    for (const guard of unsaved) if (!(await guard.ask())) return;
  } finally {
    asking = false;
  }
  for (const guard of unsaved) guards.delete(guard);
  if (known === undefined) location.hash = wanted;
  else history.go(by);
}

export interface Place {
  parts: string[];
  query: URLSearchParams;
}

export function parse(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { parts: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Where the page is. */
export const place = computed(() => parse(address.value));

/** What one page is: its room, and what it shows of it; tabs and filters are parts of a page. */
export function pageOf({ parts: [room = "", id = ""] }: Place): string {
  return ["workflows", "runs", "backfills", "machines"].includes(room) ? `${room}/${id}` : room;
}

/** The address of a place: `link("runs", id)`, `link("runs", { state: "failed" })`. Empty values are left out. */
export function link(...parts: (string | number | Record<string, string | undefined | null>)[]): string {
  const names = parts.filter((part) => typeof part !== "object").map((part) => encodeURIComponent(String(part)));
  const last = parts.at(-1);
  const pairs = Object.entries(typeof last === "object" ? last : {}).filter(([, value]) => value);
  const query = new URLSearchParams(pairs as [string, string][]).toString();
  return `#/${names.join("/")}${query ? `?${query}` : ""}`;
}

export function go(target: string): void {
  location.hash = target;
}

/** Go without a step in the browser's history: what was there is not to be found again. */
export function replace(target: string): void {
  history.replaceState(history.state, "", location.pathname + target);
  address.value = location.hash;
}

/** Set one value of the address's query without a step in the browser's history. */
export function setQuery(name: string, value: string | null): void {
  const { parts, query } = place.value;
  const pairs: Record<string, string | null> = Object.fromEntries(query);
  pairs[name] = value;
  replace(link(...parts, pairs));
}
