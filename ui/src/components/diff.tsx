/** Lines that were added and removed, told apart by a sign as well as by colour. */

import { diffLines } from "./diff-lines";
import "./diff.css";

const WORDS = { added: "added", removed: "removed", same: "", gap: "lines left out" } as const;

export function Diff({ lines, same = "No differences." }: { lines: string[]; same?: string }) {
  const shown = diffLines(lines);
  if (shown.length === 0) return <p class="faint">{same}</p>;
  return (
    <div class="diff" role="group" aria-label="Differences" tabIndex={0}>
      {shown.map(({ kind, sign, text }, at) => (
        <div key={at} class={kind}>
          <span class="sign" aria-hidden="true">{sign}</span>
          <span class="unseen">{WORDS[kind]}</span>
          <code>{text}</code>
        </div>
      ))}
    </div>
  );
}
