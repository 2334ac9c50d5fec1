/** The keyboard: one table of keys, which the help shows as well. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { go, link } from "../router";
import { Dialog } from "./dialog";

const KEYS: [keys: string, words: string][] = [
  ["/", "search"],
  ["j  k", "next, previous row"],
  ["Enter", "open the row"],
  ["r", "run the workflow that is shown, or the row's; run a run again"],
  ["g o", "overview"],
  ["g w", "workflows"],
  ["g r", "runs"],
  ["g s", "schedules"],
  ["g h", "health and log"],
  ["?", "this help"],
];
const PLACES: Record<string, string> = { o: link(), w: link("workflows"), r: link("runs"), s: link("schedules"), h: link("health") };

export const helpShown = signal(false);
let waitingForPlace = false;

const rows = () => [...document.querySelectorAll<HTMLElement>("[data-row]")];

function step(by: 1 | -1): void {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
  const target = next?.querySelector<HTMLElement>("a") ?? next;
  target?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** What `r` means where the focus is, or on the page. */
function press(): void {
  const row = document.activeElement?.closest("[data-row]");
  (row ?? document).querySelector<HTMLElement>("[data-key=r]")?.click();
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (target.closest("input, textarea, select, [contenteditable], .editor")) {
    if (event.key === "Escape" && target.matches("input")) target.blur();
    return;
  }
  const awaited = waitingForPlace;
  waitingForPlace = false;
  const place = PLACES[event.key];
  if (awaited && place) go(place);
  else if (event.key === "g") waitingForPlace = true;
  else if (event.key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "r") press();
  else if (event.key === "?") helpShown.value = true;
  else return;
  event.preventDefault();
}

export function Keyboard() {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  if (!helpShown.value) return null;
  return (
    <Dialog title="Keys" onClose={() => (helpShown.value = false)}>
      <dl class="keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>{keys.split(/ +/).map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
