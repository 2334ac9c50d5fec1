/** The search in the whole output: how many lines have it, and the way from one to the next. */

import { useEffect, useState } from "preact/hooks";

import { Icon } from "../components/icons";
import { complain } from "../components/notices";
import { MOST_KEPT, type Found } from "./search";
import type { Source } from "./source";

interface SearchBarProps {
  reader: Source;
  onWords: (words: string) => void;
  onPlace: (offset: number) => void;
}

const PAUSE = 250;

export function SearchBar({ reader, onWords, onPlace }: SearchBarProps) {
  const [words, setWords] = useState("");
  const [found, setFound] = useState<Found>();
  const [at, setAt] = useState(-1);

  useEffect(() => {
    setFound(undefined);
    setAt(-1);
    onWords(words);
    if (!words) return undefined;
    const ending = new AbortController();
    const timer = setTimeout(() => void look(reader, words, ending.signal, setFound), PAUSE);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [reader, words]);

  function step(by: 1 | -1): void {
    const count = found?.places.length ?? 0;
    if (!found || count === 0) return;
    const next = at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
    setAt(next);
    onPlace(found.places[next] ?? 0);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && words) setWords("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const none = !found || found.places.length === 0;
  return (
    <div class="search" role="search" aria-label="Search the output">
      <input
        type="search"
        data-search
        aria-label={reader.hasAllPlaces ? "Search the whole output" : "Search the loaded lines"}
        placeholder={reader.hasAllPlaces ? "Search the whole output" : "Search these lines"}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button class="plain" aria-label="Previous match" title="Previous (Shift Enter)" disabled={none} onClick={() => step(-1)}>
        <Icon name="left" />
      </button>
      <button class="plain" aria-label="Next match" title="Next (Enter)" disabled={none} onClick={() => step(1)}>
        <Icon name="right" />
      </button>
      <span class="count numbers" role="status">{words && found ? wordsOf(found, at) : ""}</span>
    </div>
  );
}

function wordsOf(found: Found, at: number): string {
  const lines = `${found.count.toLocaleString("en")} ${found.count === 1 ? "line" : "lines"}`;
  const all = at < 0 ? lines : `${(at + 1).toLocaleString("en")} of ${lines}`;
  const bound = found.count > MOST_KEPT ? `, of which the first ${MOST_KEPT.toLocaleString("en")} can be shown` : "";
  return found.over ? all + bound : `${all} (${Math.floor((100 * found.searched) / Math.max(1, found.size))} % searched)`;
}

async function look(reader: Source, words: string, signal: AbortSignal, tell: (found: Found) => void): Promise<void> {
  try {
    for await (const found of reader.find(words, signal)) {
      if (signal.aborted) return;
      tell(found);
    }
  } catch (error) {
    if (!signal.aborted) complain(error);
  }
}
