/** What the page says about what was just done: at the lower edge, for a while, with a way back where there is one. */

import { signal } from "@preact/signals";

import { Icon } from "./icons";

interface Notice {
  key: number;
  words: string;
  tone: "good" | "bad";
  undo?: () => void;
}

const SHOWN_FOR = 8000;
const notices = signal<Notice[]>([]);
let count = 0;

function add(notice: Omit<Notice, "key">): void {
  const key = ++count;
  notices.value = [...notices.value.slice(-2), { ...notice, key }];
  setTimeout(() => remove(key), notice.undo ? 3 * SHOWN_FOR : SHOWN_FOR);
}

function remove(key: number): void {
  notices.value = notices.value.filter((one) => one.key !== key);
}

export function say(words: string, undo?: () => void): void {
  add({ words, tone: "good", undo });
}

export function complain(error: unknown): void {
  add({ words: error instanceof Error ? error.message : String(error), tone: "bad" });
}

/** Do it, and say what came of it; returns whether it was done. */
export async function attempt(work: () => Promise<unknown>, words?: string): Promise<boolean> {
  try {
    await work();
    if (words) say(words);
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((one) => (
        <div key={one.key} class={`notice ${one.tone}`}>
          <Icon name={one.tone === "good" ? "succeeded" : "warning"} />
          <span>{one.words}</span>
          {one.undo && (
            <button
              class="plain"
              onClick={() => {
                remove(one.key);
                one.undo?.();
              }}
            >
              Undo
            </button>
          )}
          <button class="plain" aria-label="Dismiss" onClick={() => remove(one.key)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
