/** What an attempt wrote: one of its two streams, followed while it runs, searched, copied, downloaded. */

import { signal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Shapes } from "../api/client";
import { Segments } from "../parts/fields";
import { Icon } from "../parts/icons";
import { Loading, ProblemBox } from "../parts/layout";
import { attempt as tried } from "../parts/notices";
import { place, setQuery } from "../router";
import { plain } from "./ansi";
import "./log.css";
import { catchUp, useFollow } from "./follow";
import { Reader } from "./reader";
import { Scroller } from "./scroller";
import { SearchBar } from "./search-bar";
import { size } from "./size";

type Stream = "stdout" | "stderr";

interface LogViewProps {
  run: string;
  task: string;
  attempt: Shapes["AttemptAnswer"];
  /** Whether the command may still write. */
  running: boolean;
  failed: boolean;
}

/** Kept in this browser: whether lines are broken at the edge. */
const wrap = signal(localStorage.getItem("wrap") !== "no");

export function LogView({ run, task, attempt, running, failed }: LogViewProps) {
  const names = [run, task].map(encodeURIComponent);
  const folder = `/api/v1/runs/${names[0]}/tasks/${names[1]}/attempts/${attempt.number}/logs`;
  const sizes = { stdout: attempt.stdout_bytes, stderr: attempt.stderr_bytes };
  const asked = place.value.query.get("stream");
  const first = sizes.stderr > 0 && (failed || sizes.stdout === 0) ? "stderr" : "stdout";
  const chosen: Stream = asked === "stdout" || asked === "stderr" ? asked : first;
  return (
    <OneStream
      key={`${folder}/${chosen}`}
      path={`${folder}/${chosen}`}
      label={`${chosen} of ${task}, attempt ${attempt.number}`}
      running={running}
      empty={!running && sizes[chosen] === 0}
      written={chosen === "stdout" ? attempt.stdout_written : attempt.stderr_written}
      choice={
        <Segments
          label="Stream"
          value={chosen}
          options={(["stdout", "stderr"] as const).map((name) => [name, !running ? `${name} · ${size(sizes[name])}` : name])}
          onInput={(name) => setQuery("stream", name)}
        />
      }
    />
  );
}

interface OneStreamProps {
  path: string;
  label: string;
  running: boolean;
  /** That it is known to be empty: then nobody has to ask. */
  empty: boolean;
  /** How many bytes the command wrote, where not all of them are kept. */
  written: number | null;
  choice: ComponentChild;
}

function OneStream({ path, label, running, empty, written, choice }: OneStreamProps) {
  const reader = useMemo(() => new Reader(path, empty), [path, empty]);
  const [following, setFollowing] = useFollow(reader, running);
  const [words, setWords] = useState("");
  const [target, setTarget] = useState<{ offset: number }>();
  const view = reader.view.value;
  const problem = reader.problem.value;

  function goTo(offset: number): void {
    setFollowing(false);
    const shown = view && view.start <= offset && offset < view.end;
    void (shown ? Promise.resolve() : reader.around(offset)).then(() => setTarget({ offset }));
  }

  function goToEnd(): void {
    setTarget(undefined);
    void catchUp(reader).then(() => setFollowing(true));
  }

  return (
    <div class="log">
      <div class="bar">
        {choice}
        <SearchBar path={path} onWords={setWords} onPlace={goTo} />
        <div class="row tools">
          <button class="plain" aria-pressed={wrap.value} title="Break long lines" onClick={() => keepWrap(!wrap.value)}>
            Wrap
          </button>
          <button class="plain" title="Copy the lines that are loaded" onClick={() => void copy(reader)}>
            <Icon name="copy" /> Copy
          </button>
          <a class="button plain" href={`${path}?download=true`} download title="The whole file">
            <Icon name="down" /> Download
          </a>
        </div>
      </div>
      {written !== null && view && <Cut written={written} kept={view.size} />}
      {problem && <ProblemBox problem={problem} again={() => void catchUp(reader)} />}
      {!view && !problem && <Loading />}
      {view && view.pieces.length === 0 && <p class="output nothing">{running ? "Nothing was written yet." : "Nothing was written."}</p>}
      {view && view.pieces.length > 0 && (
        <Scroller {...{ reader, view, label, words, target, following }} wrap={wrap.value} onFollowing={setFollowing} />
      )}
      {view && view.pieces.length > 0 && (
        <div class="foot">
          <span class="numbers">
            {view.start === 0 && reader.atEnd ? `all of ${size(view.size)}` : `${size(view.end - view.start)} of ${size(view.size)}`}
          </span>
          {view.start > 0 && <button class="plain" onClick={() => goTo(0)}>To the beginning</button>}
          {!following && (
            <button class={running ? "primary" : "plain"} onClick={goToEnd}>
              <Icon name="down" /> {running ? "Follow" : "To the end"}
            </button>
          )}
          {following && running && <span class="busy">following</span>}
        </div>
      )}
    </div>
  );
}

/** The middle is missing, in the download as well. */
function Cut({ written, kept }: { written: number; kept: number }) {
  return (
    <p class="cut" role="note">
      <Icon name="warning" /> Output was cut: {size(kept)} of {size(written)} are kept ({kept.toLocaleString("en")} of{" "}
      {written.toLocaleString("en")} bytes), the beginning and the end. A line in the middle says where.
    </p>
  );
}

function keepWrap(on: boolean): void {
  wrap.value = on;
  localStorage.setItem("wrap", on ? "yes" : "no");
}

async function copy(reader: Reader): Promise<void> {
  const lines = reader.view.value?.pieces.flatMap((piece) => piece.lines.map(plain)) ?? [];
  await tried(() => navigator.clipboard.writeText(lines.join("\n")), `${lines.length.toLocaleString("en")} lines are copied.`);
}
