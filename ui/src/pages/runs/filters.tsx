/** What of the runs is shown. It is kept in the address. */

import { useEffect, useRef, useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { Icon } from "../../components/icons";
import { lookOf } from "../../components/state";
import { setQuery } from "../../router";
import type { Filter } from "./loading";

export const STATES = ["queued", "running", "succeeded", "failed", "cancelled", "unknown"] as const;

const PAUSE = 250;

export function Filters({ filter }: { filter: Filter }) {
  const workflows = useWorkflows();
  return (
    <div class="filters" role="search" aria-label="Filter runs">
      <Text name="q" value={filter.q} label="Search runs" placeholder="Search: run, workflow or reason" searched />
      <Text name="workflow" value={filter.workflow} label="Workflow" placeholder="Workflow" list={workflows} />
      <select aria-label="State" value={filter.state ?? ""} onChange={(event) => setQuery("state", event.currentTarget.value)}>
        <option value="">Any state</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {lookOf(state).word}
          </option>
        ))}
      </select>
      {filter.backfill && (
        <button title="Show the runs of all backfills" onClick={() => setQuery("backfill", null)}>
          Backfill {filter.backfill} <Icon name="close" />
        </button>
      )}
      {filter.schedule && (
        <button title="Show the runs of all schedules" onClick={() => setQuery("schedule", null)}>
          Schedule {filter.schedule} <Icon name="close" />
        </button>
      )}
    </div>
  );
}

interface TextProps {
  name: "q" | "workflow";
  value: string | null;
  label: string;
  placeholder: string;
  list?: string[];
  searched?: boolean;
}

/** A text that filters when one stops typing. */
function Text({ name, value, label, placeholder, list, searched }: TextProps) {
  const [text, setText] = useState(value ?? "");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value ?? ""), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <>
      <input
        type="search"
        {...(searched ? { "data-search": "" } : {})}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        spellcheck={false}
        maxLength={100}
        list={list ? `runs-${name}` : undefined}
        onInput={(event) => {
          const next = event.currentTarget.value;
          setText(next);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setQuery(name, next.trim() || null), PAUSE);
        }}
      />
      {list && (
        <datalist id={`runs-${name}`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** The names of the first workflows; others can be typed. */
function useWorkflows(): string[] {
  const [found, setFound] = useState<string[]>([]);
  useEffect(() => {
    const ending = new AbortController();
    take(api.GET("/api/v1/workflows", { params: { query: { limit: 200 } }, signal: ending.signal })).then(
      (page) => page && setFound(page.items.map(({ id }) => id)),
      () => undefined,
    );
    return () => ending.abort();
  }, []);
  return found;
}
