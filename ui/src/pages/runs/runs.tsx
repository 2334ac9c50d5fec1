/** All runs, newest first. Only the rows in sight are drawn, so that ten thousand are as quick as ten. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { retry } from "../../components/actions";
import { Icon } from "../../components/icons";
import { Empty, Head, Show } from "../../components/layout";
import { memo } from "../../components/memo";
import { originOf } from "../../components/origin";
import { Press } from "../../components/press";
import { State } from "../../components/state";
import { link, place } from "../../router";
import { can } from "../../session";
import { Time, Took } from "../../time/time";
import { Filters, STATES } from "./filters";
import type { List, Row } from "./list";
import { useRuns, type Filter } from "./loading";
import "./runs.css";
import { useWindow } from "./window";

/** How high a row is; the same numbers are in runs.css. */
const HEIGHT = { wide: 50, narrow: 124 };
const NARROW = "(max-width: 1100px)";

export function Runs() {
  const { query } = place.value;
  const state = STATES.find((one) => one === query.get("state")) ?? null;
  const filter: Filter = { state, workflow: query.get("workflow"), schedule: query.get("schedule"), backfill: query.get("backfill"), q: query.get("q") };
  const runs = useRuns(filter);
  const filtered = Object.values(filter).some(Boolean);
  return (
    <>
      <Head title="Runs">
        <a class="button" href={link("backfills")}>Backfills</a>
      </Head>
      <Filters filter={filter} />
      <Show loaded={runs}>
        {(list) =>
          list.rows.length > 0 ? (
            <Table list={list} more={runs.more} />
          ) : (
            <Empty words={filtered ? "No run matches." : "No runs yet."}>
              <a class="button" href={filtered ? link("runs") : link("workflows")}>
                {filtered ? "Show all runs" : "Go to the workflows"}
              </a>
            </Empty>
          )
        }
      </Show>
    </>
  );
}

function Table({ list, more }: { list: List; more: () => void }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const narrow = useMedia(NARROW);
  const height = narrow ? HEIGHT.narrow : HEIGHT.wide;
  const { rows, cursor } = list;
  const { first, last } = useWindow(body, rows.length, height);
  useStill(body, rows, height);
  const operator = can("operator");
  return (
    <div class="card runs">
      {/* The roles are said, because a phone shows the rows as cards, and a table that is no table loses them. */}
      <table role="table" aria-label="Runs" aria-rowcount={cursor ? -1 : rows.length + 1}>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {["State", "Run", "Workflow", "Due or queued", "Duration", "Reason"].map((name) => (
              <th role="columnheader" key={name}>
                {name}
              </th>
            ))}
            <th role="columnheader">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup" ref={body}>
          <Gap height={first * height} />
          {rows.slice(first, last).map((row, at) => (
            <RunRow key={row.id} row={row} at={first + at + 2} operator={operator} />
          ))}
          <Gap height={(rows.length - last) * height} />
        </tbody>
      </table>
      {cursor ? <More key={cursor} more={more} /> : <p class="end faint">{rows.length.toLocaleString("en")} runs</p>}
    </div>
  );
}

/** What is read stays where it is while new runs come in above it. */
function useStill(body: { current: HTMLElement | null }, rows: Row[], height: number): void {
  const before = useRef(rows[0]?.id);
  useLayoutEffect(() => {
    const added = rows.findIndex(({ id }) => id === before.current);
    before.current = rows[0]?.id;
    if (added > 0 && (body.current?.getBoundingClientRect().top ?? 0) < 0) scrollBy(0, added * height);
  }, [rows]);
}

/** In the place of the rows that are not drawn. */
function Gap({ height }: { height: number }) {
  return height > 0 ? <tr aria-hidden="true" class="gap" style={{ height: `${height}px` }} /> : null;
}

const RunRow = memo(function RunRow({ row, at, operator }: { row: Row; at: number; operator: boolean }) {
  const over = row.state !== "queued" && row.state !== "running";
  return (
    <tr role="row" aria-rowindex={at} data-row>
      <td role="cell">
        <State state={row.state} />
      </td>
      <td role="cell" class="run">
        <a class="mono" href={link("runs", row.id)}>
          {row.id}
        </a>
        <span class="by faint" title={row.cause || undefined}>
          by {originOf(row)}
        </span>
      </td>
      <td role="cell" class="workflow">
        <a href={link("workflows", row.workflow_id)}>{row.workflow_id}</a>
      </td>
      <td role="cell" class="time">
        <Time at={row.nominal_utc ?? row.queued_at} zone={row.timezone} />
      </td>
      <td role="cell" class="took numbers">
        <Took start={row.started_at} end={row.finished_at} />
      </td>
      <td role="cell" class="why">
        <span class="reason" title={row.reason}>
          {row.cancel_requested ? "Being cancelled." : row.reason}
        </span>
      </td>
      <td role="cell" class="end">
        {operator && over && (
          <Press class="plain" data-key="r" data-ask={`Run ${row.id} of ${row.workflow_id} again?`} title="Run again (r)" aria-label={`Run ${row.id} again`} act={() => retry(row.id, true)}>
            <Icon name="again" />
          </Press>
        )}
      </td>
    </tr>
  );
});

/** Loads the next page when one comes near; for those who do not scroll it is a button. */
function More({ more }: { more: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!element.current) return undefined;
    const watching = new IntersectionObserver(([entry]) => entry?.isIntersecting && more(), { rootMargin: "1500px 0px" });
    watching.observe(element.current);
    return () => watching.disconnect();
  }, []);
  return (
    <div class="end" ref={element}>
      <button onClick={more}>Older runs</button>
    </div>
  );
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const onChange = () => setMatches(media.matches);
    media.addEventListener("change", onChange);
    return () => media.removeEventListener("change", onChange);
  }, [query]);
  return matches;
}
