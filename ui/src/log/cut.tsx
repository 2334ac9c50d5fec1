/** What an output that is shown lacks, and what is not known of it. */

import type { Shapes } from "../api/client";
import { Icon } from "../components/icons";
import { size } from "./size";

/** The middle is missing, in the download as well. */
export function Cut({ stream, written, kept }: { stream: string; written: number; kept: number }) {
  return (
    <p class="cut" role="note">
      <Icon name="warning" />
      <span>
        Output was cut: {size(kept)} of {size(written)} of {stream} are kept ({kept.toLocaleString("en")} of {written.toLocaleString("en")}{" "}
        bytes), the beginning and the end. A line in the middle marks the gap.
      </span>
    </p>
  );
}

/** What the lines do not tell, though they look as if they did. */
export function Unsure({ answer, timed }: { answer: Shapes["MergedAnswer"]; timed: boolean }) {
  const { ordered, problems, lines } = answer;
  const notes = Object.values(problems).map((words) => `Not shown: ${words}.`);
  if (!ordered) notes.push("The order of the two streams was not recorded for every line: where it is missing, stderr follows stdout.");
  if (timed && lines.some(({ at }) => at === null)) notes.push("Some lines have no time: it was not recorded.");
  return notes.map((words) => (
    <p key={words} class="cut" role="note">
      <Icon name="warning" /> <span>{words}</span>
    </p>
  ));
}
