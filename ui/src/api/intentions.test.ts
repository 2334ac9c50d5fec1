import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { intended } from "./intentions";

let number = 0;
let path = "";

/** Of every request that was sent, the key. */
const keys: (string | null)[] = [];
const answering = (status: number) =>
  vi.fn(async (request: Request) => {
    keys.push(request.headers.get("idempotency-key"));
    return new Response(`answer ${keys.length}`, { status });
  });
const request = (body = "{}", init: RequestInit = {}) =>
  new Request(`http://localhost${path}`, { method: "POST", body, ...init });

beforeEach(() => {
  path = `/runs/${number++}`;
  keys.length = 0;
});
afterEach(() => void vi.restoreAllMocks());

describe("an intention", () => {
  it("is sent once while it is under way, and everyone gets its answer", async () => {
    const work = answering(202);
    const answers = await Promise.all([intended(request(), work), intended(request(), work), intended(request(), work)]);
    expect(work).toHaveBeenCalledTimes(1);
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["answer 1", "answer 1", "answer 1"]);
  });

  it("is a new one after its answer", async () => {
    const work = answering(202);
    await intended(request(), work);
    await intended(request(), work);
    expect(new Set(keys).size).toBe(2);
  });

  it.each(["{ }", '{"everything":true}'])("is another one with another body: %s", async (body) => {
    const work = answering(202);
    await Promise.all([intended(request(), work), intended(request(body), work)]);
    expect(new Set(keys).size).toBe(2);
  });

  it("is another one about another version", async () => {
    const work = answering(202);
    const about = (version: string) => request("{}", { headers: { "if-match": version } });
    await Promise.all([intended(about('"1"'), work), intended(about('"2"'), work)]);
    expect(new Set(keys).size).toBe(2);
  });

  it.each([500, 503, 408, 429])("keeps its key after %i, which says nothing of whether it was done", async (status) => {
    await intended(request(), answering(status));
    await intended(request(), answering(202));
    expect(new Set(keys).size).toBe(1);
  });

  it.each([409, 412, 422])("finishes with a refusal: %i", async (status) => {
    await intended(request(), answering(status));
    await intended(request(), answering(202));
    expect(new Set(keys).size).toBe(2);
  });

  it("keeps its key when no answer came", async () => {
    const lost = vi.fn(async (sent: Request) => {
      keys.push(sent.headers.get("idempotency-key"));
      throw new TypeError("no network");
    });
    await expect(intended(request(), lost)).rejects.toThrow("no network");
    await intended(request(), answering(202));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toBeTruthy();
  });

  it("is a new one ten minutes after it was lost", async () => {
    await intended(request(), answering(503));
    const later = performance.now() + 10 * 60_000;
    vi.spyOn(performance, "now").mockReturnValue(later);
    await intended(request(), answering(202));
    expect(new Set(keys).size).toBe(2);
  });

  it("that was given up is a new one when it is asked for again", async () => {
    const ending = new AbortController();
    const given = intended(request("{}", { signal: ending.signal }), async (sent) => {
      keys.push(sent.headers.get("idempotency-key"));
      ending.abort();
      throw new DOMException("given up", "AbortError");
    });
    await expect(given).rejects.toThrow("given up");
    await intended(request(), answering(202));
    expect(new Set(keys).size).toBe(2);
  });
});
