/** Addresses: `#/runs/ID?state=failed`. Behind the hash, so that no request's path ever depends on a name. */

import { computed, signal } from "@preact/signals";

const address = signal(location.hash);
addEventListener("hashchange", () => {
  const wanted = location.hash;
  if (wanted === address.value) return;
  if (!guard) {
    address.value = wanted;
    return;
  }
  // The browser has gone already: it is put back, and goes again if the answer is yes.
  history.replaceState(null, "", address.value || "#/");
  void guard().then((yes) => {
    if (!yes) return;
    guard = null;
    location.replace(wanted);
  });
});

let guard: (() => Promise<boolean>) | null = null;

/** Ask before the page is left for another one; null: nothing would be lost. */
export function guardLeaving(ask: (() => Promise<boolean>) | null): void {
  guard = ask;
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
  history.replaceState(null, "", location.pathname + target);
  address.value = location.hash;
}

/** Set one value of the address's query without a step in the browser's history. */
export function setQuery(name: string, value: string | null): void {
  const { parts, query } = place.value;
  const pairs: Record<string, string | null> = Object.fromEntries(query);
  pairs[name] = value;
  replace(link(...parts, pairs));
}
