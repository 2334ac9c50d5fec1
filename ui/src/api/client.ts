/** The API, typed by its OpenAPI document. What goes wrong comes as a Problem with the server's own sentence. */

import createClient from "openapi-fetch";

import type { components, paths } from "./schema";
import { send } from "./sending";

export { credentials } from "./sending";

export type Shapes = components["schemas"];

export interface Place {
  line?: number;
  column?: number;
  where?: string;
  message: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors: Place[] = [],
  ) {
    super(message);
  }
}

const client = createClient<paths>({ baseUrl: location.origin, fetch: send });

client.use({
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    return error instanceof Problem ? error : unreachable();
  },
});

export const api = client;

const unreachable = () => new Problem(0, "The web interface does not respond. Check that the scheduler is running: scheduler status");

async function problemOf(response: Response): Promise<Problem> {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body.detail ?? `The server answered ${response.status}.`, body.errors ?? []);
}

/** The answer's body; a Problem is thrown where there is none. */
export async function take<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** The answer's body, and its ETag without quotes: what a change of it must name. */
export async function takeTagged<T>(call: Promise<{ data?: T; response: Response }>): Promise<[T, string]> {
  const { data, response } = await call;
  return [data as T, response.headers.get("etag") ?? ""];
}

/** Bytes of a stream of an attempt, by a Range header; null where there is nothing in the range yet. */
export async function bytes(
  path: string,
  range: string,
  signal?: AbortSignal,
): Promise<{ data: Uint8Array; start: number; size: number; type: string } | null> {
  let response: Response;
  try {
    response = await send(new Request(path, { headers: { range }, signal }));
  } catch (error) {
    throw error instanceof DOMException ? error : unreachable();
  }
  if (response.status === 416) return null;
  if (!response.ok) throw await problemOf(response);
  const data = new Uint8Array(await response.arrayBuffer());
  const placed = /bytes (\d+)-\d+\/(\d+)/.exec(response.headers.get("content-range") ?? "");
  return { data, start: Number(placed?.[1] ?? 0), size: Number(placed?.[2] ?? data.length), type: response.headers.get("content-type") ?? "" };
}
