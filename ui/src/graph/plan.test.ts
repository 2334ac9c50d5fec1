import { describe, expect, it } from "vitest";

import { planColumns } from "./columns";
import { planGraph } from "./layered";
import { boxSize, chainOf, planChain, type Plan, type Waits } from "./plan";
import { neighbour } from "./walk";

const BOX = { width: 150, height: 46 };

function check(plan: Plan, graph: Waits): void {
  expect(plan.boxes.map(({ id }) => id).sort()).toEqual(Object.keys(graph).sort());
  const at = new Map(plan.boxes.map((box) => [box.id, box]));
  for (const [task, before] of Object.entries(graph)) {
    for (const one of before) expect(at.get(one)?.x).toBeLessThan(at.get(task)?.x ?? 0);
  }
  for (const [index, one] of plan.boxes.entries()) {
    expect(one.x).toBeGreaterThanOrEqual(0);
    expect(one.y).toBeGreaterThanOrEqual(0);
    expect(one.x + BOX.width).toBeLessThanOrEqual(plan.width);
    expect(one.y + BOX.height).toBeLessThanOrEqual(plan.height);
    for (const other of plan.boxes.slice(index + 1)) {
      const apart = Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height;
      expect(apart, `${one.id} and ${other.id}`).toBe(true);
    }
  }
}

const diamond: Waits = { a: [], b: ["a"], c: ["a"], d: ["b", "c"], constructor: ["d"] };

describe("a chain", () => {
  it("is known, whatever the order of its tasks in the definition", () => {
    expect(chainOf({ c: ["b"], a: [], b: ["a"] })).toEqual(["a", "b", "c"]);
  });

  it("is no chain with two beginnings, two ends, or two that wait for one", () => {
    expect(chainOf({ a: [], b: [] })).toBeNull();
    expect(chainOf({ a: [], b: ["a"], c: ["a"] })).toBeNull();
    expect(chainOf(diamond)).toBeNull();
  });

  it("goes on in the next row where the room ends", () => {
    const plan = planChain(["a", "b", "c"], BOX, 400);
    expect(plan.boxes.map(({ y }) => y)).toEqual([14, 14, 96]);
    expect(plan.width).toBeLessThanOrEqual(400);
    expect(plan.lines.map(({ points }) => points.length)).toEqual([2, 4]);
  });

  it("stands upright where there is room for one box only", () => {
    expect(new Set(planChain(["a", "b", "c"], BOX, 100).boxes.map(({ x }) => x)).size).toBe(1);
  });
});

describe("a graph", () => {
  it("is laid out from left to right, without one box over another", () => check(planGraph(diamond, BOX), diamond));

  it("has a line for each wait", () => {
    const lines = planGraph(diamond, BOX).lines.map(({ from, to }) => `${from} ${to}`);
    expect(lines.sort()).toEqual(["a b", "a c", "b d", "c d", "d constructor"]);
  });

  it("of 300 tasks that each wait for thirty has them all in their order", () => {
    const graph: Waits = {};
    for (let at = 0; at < 300; at++) {
      const before = at < 30 ? 0 : Math.floor(at / 30) * 30 - 30;
      graph[`t${at}`] = at < 30 ? [] : Array.from({ length: 30 }, (_, one) => `t${before + one}`);
    }
    check(planGraph(graph, BOX), graph);
  });

  it("is broken into several columns where it is too high", () => {
    const graph: Waits = { first: [] };
    for (let at = 0; at < 90; at++) graph[`t${at}`] = ["first"];
    const plan = planColumns(graph, BOX);
    check(plan, graph);
    expect(plan.height).toBeLessThan(1300);
  });
});

describe("a box", () => {
  it("is as wide as its longest name, within bounds", () => {
    expect(boxSize(["a"], true).width).toBe(132);
    expect(boxSize(["x".repeat(100)], true).width).toBe(240);
  });
});

describe("an arrow key", () => {
  const plan = planGraph(diamond, BOX);
  it("follows the lines, and stays in the column up and down", () => {
    expect(neighbour(plan, diamond, "a", "ArrowRight")).toMatch(/^[bc]$/);
    expect(neighbour(plan, diamond, "d", "ArrowRight")).toBe("constructor");
    const [upper, lower] = plan.boxes.filter(({ id }) => id === "b" || id === "c").sort((one, other) => one.y - other.y);
    expect(neighbour(plan, diamond, upper?.id ?? "", "ArrowDown")).toBe(lower?.id);
    expect(neighbour(plan, diamond, "a", "ArrowLeft")).toBeUndefined();
  });
});
