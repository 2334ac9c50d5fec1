/** The lines of a unified diff, each with what it is. Pure. */

export interface DiffLine {
  kind: "added" | "removed" | "same" | "gap";
  sign: string;
  text: string;
}

export function diffLines(lines: string[]): DiffLine[] {
  const found: DiffLine[] = [];
  // The two lines that name the sides come before the first gap only; behind it, "---" is a line of YAML.
  const header = lines[0]?.startsWith("---") && lines[1]?.startsWith("+++") ? 2 : 0;
  for (const line of lines.slice(header)) {
    if (line.startsWith("@@")) {
      // The place of the first lines says nothing that a person needs.
      if (found.length) found.push({ kind: "gap", sign: "⋯", text: "" });
    } else if (line.startsWith("+")) found.push({ kind: "added", sign: "+", text: line.slice(1) });
    else if (line.startsWith("-")) found.push({ kind: "removed", sign: "−", text: line.slice(1) });
    else found.push({ kind: "same", sign: "", text: line.slice(1) });
  }
  return found;
}
