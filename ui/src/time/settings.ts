/** How times are shown, kept in this browser; and the clock that moves what is relative to now. */

import { effect, signal } from "@preact/signals";

import { serverNow } from "../api/server-time";
import type { ZoneMode } from "./format";

export const zoneMode = signal<ZoneMode>(kept("zone", ["local", "schedule", "utc"]));
export const relativeFirst = signal(kept("times", ["absolute", "relative"]) === "relative");

effect(() => localStorage.setItem("zone", zoneMode.value));
effect(() => localStorage.setItem("times", relativeFirst.value ? "relative" : "absolute"));

function kept<T extends string>(name: string, allowed: [T, ...T[]]): T {
  const found = localStorage.getItem(name) as T;
  return allowed.includes(found) ? found : allowed[0];
}

/** Now for the server, to the second, as long as somebody looks. */
export const now = signal(new Date(serverNow()));
setInterval(() => {
  if (!document.hidden) now.value = new Date(serverNow());
}, 1000);
