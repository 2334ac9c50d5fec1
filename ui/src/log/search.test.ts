import { describe, expect, it } from "vitest";

import { MOST_KEPT, search, type Found } from "./search";

const encoder = new TextEncoder();

async function find(content: string, words: string, most = Infinity): Promise<Found> {
  const data = encoder.encode(content);
  let last: Found = { count: 0, places: [], searched: 0, size: 0, over: false };
  const read = async (start: number, length: number) =>
    start >= data.length ? null : { data: data.subarray(start, start + Math.min(length, most)), start, size: data.length };
  for await (const found of search(read, words)) last = found;
  return last;
}

describe("the search", () => {
  it("finds lines, each once, and says where they begin", async () => {
    const found = await find("one error, an Error\ntwo\nERROR\n", "error");
    expect(found).toMatchObject({ count: 2, places: [0, 24], over: true });
  });

  it("finds the same in whatever parts the file is read", async () => {
    const content = "alpha\nbeta Grüße\n\ngamma beta\nbeta".repeat(20);
    const whole = await find(content, "beta");
    for (const most of [40, 41, 64, 100]) expect((await find(content, "beta", most)).places).toEqual(whole.places);
  });

  it("finds what is not English as it is written, and nothing that only has similar bytes", async () => {
    expect((await find("Grüße\n", "grüße")).count).toBe(1);
    expect((await find("\u3124\n", "ä")).count).toBe(0);
  });

  it("counts on when it keeps no more places", async () => {
    const found = await find("hit\n".repeat(MOST_KEPT + 5), "hit");
    expect(found.count).toBe(MOST_KEPT + 5);
    expect(found.places).toHaveLength(MOST_KEPT);
  });

  it("ends at once with nothing to look for, or nothing to look in", async () => {
    expect((await find("text", "")).count).toBe(0);
    expect(await find("", "x")).toMatchObject({ count: 0, over: true });
  });
});
