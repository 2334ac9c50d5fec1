/** Lines of `scheduler.log`: `TIME LEVEL words`, and those that begin with a space belong to the one before. */

const MOST = 5000;

const LEVELS = ["INFO", "WARNING", "ERROR", "EXCEPTION", "CRITICAL"];

/** The level of a line; empty for one that belongs to the line before. */
export function kindOf(line: string): string {
  const level = /^\S+ \S+ (\w+)/.exec(line)?.[1] ?? "";
  return LEVELS.includes(level) ? level : "";
}

export interface LogLine {
  text: string;
  level: string;
}

/** Each line with the level of the message that it belongs to. */
export function withLevels(lines: string[]): LogLine[] {
  let level = "";
  return lines.map((text) => ({ text, level: (level = kindOf(text) || level) }));
}

/** The newest lines, so that the page's memory stays bounded. */
export function keep(before: string[], added: string[]): string[] {
  return [...before, ...added].slice(-MOST);
}
