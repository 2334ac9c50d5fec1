/** The keyboard: one table of keys, which the help shows as well. */

import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { go, link } from "../router";
import { confirm, Dialog } from "./dialog";
import { CheckField } from "./fields";

const KEYS: [keys: string, words: string][] = [
  ["/", "search"],
  ["j  k", "next, previous row"],
  ["Enter", "open the row"],
  ["r", "run this workflow, or the one in the row; on a run, run it again (asks first)"],
  ["g o", "overview"],
  ["g w", "workflows"],
  ["g r", "runs"],
  ["g s", "schedules"],
  ["g m", "machines"],
  ["g h", "health and log"],
  ["?", "this help"],
];
const PLACES: Record<string, string> = { o: link(), w: link("workflows"), r: link("runs"), s: link("schedules"), m: link("machines"), h: link("health") };

export const helpShown = signal(false);
/** Kept in this browser. Who speaks to the machine, or hits keys by chance, does without. */
const keysOn = signal(localStorage.getItem("keys") !== "off");
effect(() => localStorage.setItem("keys", keysOn.value ? "on" : "off"));
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

/** What `r` means where the focus is, or on the page. A key that is hit by chance must start no script: it asks. */
async function press(): Promise<void> {
  const row = document.activeElement?.closest("[data-row]");
  const button = (row ?? document).querySelector<HTMLButtonElement>("[data-key=r]");
  if (!button || button.disabled || button.ariaDisabled === "true") return;
  if (await confirm(button.dataset["ask"] ?? "Run?", "Its commands start immediately.", "Run")) button.click();
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
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
  else if (event.key === "r") void (event.repeat || press());
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
    <Dialog title="Keyboard shortcuts" onClose={() => (helpShown.value = false)} stays>
      <dl class="keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>{keys.split(/ +/).map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <div class="words">
        <CheckField label="Use single-key shortcuts" checked={keysOn.value} onInput={(on) => (keysOn.value = on)} />
      </div>
    </Dialog>
  );
}
