/** Where a cursor stands within brackets, as in `{id: a, retry: {lim`. Pure. */

export interface Flow {
  path: string[];
  key: string | null;
  siblings: string[];
  quoted: boolean;
}

/** Within brackets of one line: `{id: a, retry: {lim`. Null if none is open. */
export function inFlow(rest: string): Flow | null {
  const stack: { list: boolean; key: string | null; siblings: string[] }[] = [];
  let quote = "";
  let current = "";
  // The name before the first bracket: `retry: {`.
  let outside: string | null = null;
  const top = () => stack.at(-1);
  for (const letter of rest) {
    if (quote) {
      if (letter === quote) quote = "";
    } else if ((letter === '"' || letter === "'") && /^[\s]*$/.test(current)) quote = letter;
    else if ((letter === "{" || letter === "[") && (stack.length > 0 || /^([\w.-]+ *: *)?$/.test(current))) {
      if (stack.length === 0) outside = /^([\w.-]+)/.exec(current)?.[1] ?? null;
      stack.push({ list: letter === "[", key: null, siblings: [] });
      current = "";
    } else if (stack.length === 0) current += letter;
    else if (letter === "}" || letter === "]") {
      stack.pop();
      current = "";
    } else if (letter === ",") {
      const here = top();
      if (here) here.key = null;
      current = "";
    } else if (letter === " " && /^\s*[\w.-]+:$/.test(current) && !top()?.list) {
      const here = top();
      const name = current.trim().slice(0, -1);
      if (here) [here.key, here.siblings] = [name, [...here.siblings, name]];
      current = "";
    } else current += letter;
  }
  const here = top();
  if (!here) return null;
  const path = stack.flatMap((one, at) => [...(one.list ? ["-"] : []), ...(at < stack.length - 1 && one.key ? [one.key] : [])]);
  if (outside !== null) path.unshift(outside);
  return { path, key: here.list ? null : here.key, siblings: here.siblings, quoted: quote !== "" };
}
