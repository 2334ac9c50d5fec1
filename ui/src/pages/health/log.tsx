/** `scheduler.log` as it grows, with a filter. */

import { useEffect, useRef, useState } from "preact/hooks";

import { api, take } from "../../api/client";
import { onHappening } from "../../live/live";
import { complain } from "../../components/notices";
import { Search, searched } from "../../components/search";
import { place, setQuery } from "../../router";
import { keep, withLevels } from "./lines";

const PAUSE = 1000;

export function Log() {
  const [lines, setLines] = useState<string[]>();
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const words = searched();
  const level = place.value.query.get("level") ?? "";

  useEffect(() => {
    const ending = new AbortController();
    let position: number | undefined;
    let busy = false;
    async function look(): Promise<void> {
      if (busy) return;
      busy = true;
      try {
        const query = position === undefined ? { tail: 2000 } : { after: position };
        const found = await take(api.GET("/api/v1/log", { params: { query }, signal: ending.signal }));
        // After a rotation the file starts again.
        const fresh = position === undefined || found.position < position;
        position = found.position;
        if (fresh || found.lines.length > 0) setLines((before = []) => keep(fresh ? [] : before, found.lines));
      } catch (error) {
        if (!ending.signal.aborted && position === undefined) complain(error);
      } finally {
        busy = false;
      }
    }
    void look();
    const timer = setInterval(() => void look(), PAUSE);
    const stop = onHappening(() => void look());
    return () => {
      ending.abort();
      clearInterval(timer);
      stop();
    };
  }, []);

  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  });

  function onScroll(): void {
    const element = box.current;
    if (element) setFollow(element.scrollHeight - element.scrollTop - element.clientHeight < 30);
  }

  const wanted = level === "ERROR" ? ["ERROR", "EXCEPTION", "CRITICAL"] : [level];
  const shown = withLevels(lines ?? []).filter(
    (line) => (!level || wanted.includes(line.level)) && line.text.toLowerCase().includes(words.toLowerCase()),
  );
  return (
    <>
      <div class="filters">
        <Search label="Filter lines" placeholder="Filter lines" />
        <select aria-label="Level" value={level} onChange={(event) => setQuery("level", event.currentTarget.value || null)}>
          <option value="">All levels</option>
          <option value="INFO">INFO</option>
          <option value="WARNING">WARNING</option>
          <option value="ERROR">ERROR</option>
        </select>
        <button aria-pressed={follow} onClick={() => setFollow(!follow)}>
          {follow ? "Following" : "Follow"}
        </button>
        <span class="faint numbers">{shown.length.toLocaleString("en")} lines</span>
      </div>
      <div class="journal" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-label="scheduler.log">
        {shown.map((line, at) => (
          <div key={at} class={line.level.toLowerCase()}>
            {line.text}
          </div>
        ))}
      </div>
    </>
  );
}
