import { expect, it } from "vitest";

/** Each module with what it imports, types included. */
const sources = import.meta.glob<string>("./**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

function importsOf(path: string, text: string): string[] {
  const folder = path.split("/").slice(0, -1);
  return [...text.matchAll(/(?:from|import)\s*\(?"(\.[^"]*)"/g)].flatMap(([, name = ""]) => {
    const parts = [...folder];
    for (const part of name.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    const base = parts.join("/");
    return [base, `${base}.ts`, `${base}.tsx`].filter((file) => file in sources);
  });
}

/** A way along imports that comes back to where it began; empty if there is none. */
export function circle(graph: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const walk = (at: string, way: string[]): string[] => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
    if (done.has(at)) return [];
    for (const next of graph.get(at) ?? []) {
      const found = walk(next, [...way, at]);
      if (found.length > 0) return found;
    }
    done.add(at);
    return [];
  };
  for (const start of graph.keys()) {
    const found = walk(start, []);
    if (found.length > 0) return found;
  }
  return [];
}

it("finds a circle where there is one", () => {
  const graph = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", []], ["d", ["b"]]]);
  expect(circle(graph)).toEqual(["b", "d", "b"]);
});

it("finds none among the modules", () => {
  const graph = new Map(Object.entries(sources).map(([path, text]) => [path, importsOf(path, text)]));
  expect(graph.size).toBeGreaterThan(100);
  expect([...graph.values()].flat().length).toBeGreaterThan(300);
  expect(circle(graph)).toEqual([]);
});
