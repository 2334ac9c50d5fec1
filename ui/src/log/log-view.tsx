/** What an attempt wrote: both of its streams in their order, or one of them; followed while it runs, searched, copied, downloaded. */

import { signal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import type { Shapes } from "../api/client";
import { Segments } from "../components/fields";
import { Icon } from "../components/icons";
import { Loading, ProblemBox } from "../components/layout";
import { attempt as tried } from "../components/notices";
import { place, setQuery } from "../router";
import { zoneFor } from "../time/format";
import { zoneMode } from "../time/settings";
import { Cut, Unsure } from "./cut";
import "./log.css";
import { catchUp, useFollow } from "./follow";
import { LineReader } from "./line-reader";
import { leadOf, textOf } from "./lead";
import { Reader } from "./reader";
import { Scroller } from "./scroller";
import { SearchBar } from "./search-bar";
import { size } from "./size";
import type { Source } from "./source";
import type { Mark } from "./window";

const STREAMS = ["stdout", "stderr"] as const;
type Stream = (typeof STREAMS)[number];
type Choice = Stream | "both";

interface LogViewProps {
  run: string;
  task: string;
  attempt: Shapes["AttemptAnswer"];
  /** Whether the command may still write. */
  running: boolean;
  /** The zone of the run. */
  zone: string;
}

/** Kept in this browser: whether lines are broken at the edge, and whether their times are shown. */
const wrap = signal(localStorage.getItem("wrap") !== "no");
const times = signal(localStorage.getItem("output-times") === "yes");

export function LogView(props: LogViewProps) {
  return <Attempt key={`${props.run}/${props.task}/${props.attempt.number}`} {...props} />;
}

function Attempt({ run, task, attempt, running, zone }: LogViewProps) {
  const path = `/api/v1/runs/${encodeURIComponent(run)}/tasks/${encodeURIComponent(task)}/attempts/${attempt.number}/logs`;
  const sizes = { stdout: attempt.stdout_bytes, stderr: attempt.stderr_bytes };
  // Who reads while it ends goes on reading the same.
  const [first] = useState<Choice>(running || (sizes.stdout > 0 && sizes.stderr > 0) ? "both" : sizes.stderr > 0 ? "stderr" : "stdout");
  const [wide, setWide] = useState(false);
  const asked = place.value.query.get("stream");
  const chosen: Choice = asked === "both" || asked === "stdout" || asked === "stderr" ? asked : first;
  const chosenStreams = STREAMS.filter((stream) => chosen === "both" || chosen === stream);
  const byLine = chosen === "both" || times.value || wide;
  const words = (stream: Stream) => (
    <>
      {stream}
      {!running && <span class="size"> · {size(sizes[stream])}</span>}
    </>
  );
  return (
    <Output
      key={`${chosen} ${byLine}`}
      make={() => {
        const stream = chosen === "both" ? undefined : chosen;
        if (byLine) return new LineReader({ run, task, attempt: attempt.number, stream });
        return new Reader(`${path}/${chosen}`, !running && sizes[chosen as Stream] === 0);
      }}
      label={`${chosen === "both" ? "output" : chosen} of ${task}, attempt ${attempt.number}`}
      running={running}
      both={chosen === "both"}
      zone={zone}
      onWide={() => setWide(true)}
      cut={chosenStreams.map((stream) => {
        const written = stream === "stdout" ? attempt.stdout_written : attempt.stderr_written;
        return written !== null && <Cut key={stream} stream={stream} written={written} kept={sizes[stream]} />;
      })}
      choice={
        <Segments
          label="Stream"
          value={chosen}
          options={[["both", "both"], ...STREAMS.map((name): [Stream, ComponentChild] => [name, words(name)])]}
          onInput={(name) => setQuery("stream", name)}
        />
      }
      downloads={chosenStreams.map((stream) => (
        <a key={stream} class="button plain" href={`${path}/${stream}?download=true`} download title={`Download all of ${stream}`}>
          <Icon name="down" /> {chosen === "both" ? stream : "Download"}
        </a>
      ))}
    />
  );
}

interface OutputProps {
  make: () => Source;
  label: string;
  running: boolean;
  /** Whether lines of two streams may be among each other. */
  both: boolean;
  zone: string;
  onWide: () => void;
  cut: ComponentChild;
  choice: ComponentChild;
  downloads: ComponentChild;
}

function Output({ make, label, running, both, zone, onWide, cut, choice, downloads }: OutputProps) {
  const reader = useMemo(make, []);
  const [following, setFollowing] = useFollow(reader, running);
  const [words, setWords] = useState("");
  const [target, setTarget] = useState<{ offset: number }>();
  const view = reader.view.value;
  const problem = reader.problem.value;
  const isWide = reader instanceof Reader && reader.wide.value;
  useEffect(() => {
    if (isWide) onWide();
  }, [isWide]);
  const answer = reader instanceof LineReader ? reader.answer.value : undefined;
  const timed = times.value;
  const shownZone = zoneFor(zoneMode.value, zone);
  const lead = useCallback((mark: Mark) => leadOf(mark, both, timed, shownZone), [both, timed, shownZone]);
  const prefix = both || timed ? lead : undefined;

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
        <SearchBar reader={reader} onWords={setWords} onPlace={goTo} />
        <div class="row tools">
          <button class="plain" aria-pressed={timed} title="Show the time of each line" onClick={() => keep(times, "output-times", !timed)}>
            Times
          </button>
          <button class="plain" aria-pressed={wrap.value} title="Wrap long lines" onClick={() => keep(wrap, "wrap", !wrap.value)}>
            Wrap
          </button>
          <button class="plain" title="Copy the loaded lines" onClick={() => void copy(reader, prefix)}>
            <Icon name="copy" /> Copy
          </button>
          {downloads}
        </div>
      </div>
      {cut}
      {answer && <Unsure answer={answer} timed={timed} />}
      {problem && <ProblemBox problem={problem} again={() => void catchUp(reader)} />}
      {!view && !problem && <Loading />}
      {view && view.pieces.length === 0 && <p class="output nothing">{running ? "No output yet." : "No output."}</p>}
      {view && view.pieces.length > 0 && (
        <Scroller {...{ reader, view, label, prefix, words, target, following }} wrap={wrap.value} onFollowing={setFollowing} />
      )}
      {view && view.pieces.length > 0 && (
        <div class="foot">
          <span class="numbers">{reader.extent()}</span>
          {reader.hasAllPlaces && reader.hasEarlier && (
            <button class="plain" onClick={() => goTo(0)}>
              Go to the beginning
            </button>
          )}
          {!following && (
            <button class={running ? "primary" : "plain"} onClick={goToEnd}>
              <Icon name="down" /> {running ? "Follow" : "Go to the end"}
            </button>
          )}
          {following && running && <span class="busy">following</span>}
        </div>
      )}
    </div>
  );
}

function keep(setting: typeof wrap, name: string, on: boolean): void {
  setting.value = on;
  localStorage.setItem(name, on ? "yes" : "no");
}

async function copy(reader: Source, prefix: ((mark: Mark) => string) | undefined): Promise<void> {
  const lines = reader.view.value?.pieces.flatMap((piece) => textOf(piece, prefix)) ?? [];
  await tried(() => navigator.clipboard.writeText(lines.join("\n")), `Copied ${lines.length.toLocaleString("en")} ${lines.length === 1 ? "line" : "lines"}.`);
}
