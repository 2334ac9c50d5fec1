import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const SESSION = { user: "ada", role: "author", csrf: "one", expires_at: null, timezone: "UTC", home: "/h" };

/** The server, as far as sessions go. */
const server = { signedIn: true, csrf: "one", changes: [] as (string | null)[], asked: 0 };
const answer = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

async function served(request: Request): Promise<Response> {
  if (new URL(request.url).pathname === "/api/v1/session") {
    if (request.method === "POST") server.signedIn = true;
    if (request.method === "DELETE") server.signedIn = false;
    return server.signedIn ? answer(200, { ...SESSION, csrf: server.csrf }) : answer(401, { detail: "Sign in." });
  }
  server.asked++;
  if (!server.signedIn) return answer(401, { detail: "Sign in." });
  if (request.method === "GET") return answer(200, {});
  if (request.headers.get("x-csrf-token") !== server.csrf) return answer(403, { detail: "another token" });
  server.changes.push(request.headers.get("idempotency-key"));
  return answer(200, {});
}

let session: typeof import("./session");
let api: typeof import("./api/client").api;

beforeEach(async () => {
  vi.resetModules();
  vi.stubGlobal("fetch", served);
  document.body.innerHTML = "";
  Object.assign(server, { signedIn: true, csrf: "one", changes: [], asked: 0 });
  session = await import("./session");
  ({ api } = await import("./api/client"));
  await session.look();
});
afterEach(() => void vi.unstubAllGlobals());

const change = () => api.POST("/api/v1/planner/pause");
const question = (signal?: AbortSignal) => api.GET("/api/v1/planner", { signal });

async function waiting(): Promise<void> {
  await vi.waitFor(() => expect(session.ended.value).toBe(true));
}

describe("a session that ends under an open page", () => {
  it("keeps who was signed in, and sends a change after signing in, once, with its key", async () => {
    server.signedIn = false;
    const sent = change();
    await waiting();
    expect(session.asksToSignIn.value).toBe(true);
    expect(session.session.value?.user).toBe("ada");
    expect(server.changes).toEqual([]);
    server.csrf = "two";
    await session.signIn("ada", "correct horse battery");
    expect((await sent).response.status).toBe(200);
    expect(server.changes).toHaveLength(1);
    expect(server.changes[0]).toBeTruthy();
    expect([session.ended.value, session.asksToSignIn.value]).toEqual([false, false]);
  });

  it("gives up the change but not the question of who stays out", async () => {
    server.signedIn = false;
    const sent = change().then(
      () => "done",
      (error: { status: number }) => error.status,
    );
    const asked = question();
    await vi.waitFor(() => expect(server.asked).toBe(2));
    await waiting();
    session.stayOut();
    expect(await sent).toBe(401);
    expect(session.asksToSignIn.value).toBe(false);
    await session.signIn("ada", "correct horse battery");
    expect((await asked).response.status).toBe(200);
    expect(server.changes).toEqual([]);
  });

  it("does not ask over a form that somebody is filling in, until something is to be changed", async () => {
    document.body.innerHTML = "<dialog open></dialog>";
    server.signedIn = false;
    const ending = new AbortController();
    const asked = question(ending.signal).catch((error: unknown) => error);
    await waiting();
    expect(session.asksToSignIn.value).toBe(false);
    const sent = change().catch((error: unknown) => error);
    await vi.waitFor(() => expect(session.asksToSignIn.value).toBe(true));
    session.stayOut();
    await sent;
    ending.abort();
    await asked;
  });

  it("takes the session that another tab began, with its token", async () => {
    server.csrf = "two";
    expect((await change()).response.status).toBe(200);
    expect(server.changes).toHaveLength(1);
  });

  it("sends a change that is refused for another reason only once", async () => {
    const refused = vi.fn(async (request: Request) =>
      new URL(request.url).pathname === "/api/v1/session" ? served(request) : answer(403, { detail: "for admins" }),
    );
    vi.stubGlobal("fetch", refused);
    await expect(change()).rejects.toThrow("for admins");
    expect(refused.mock.calls.filter(([{ url }]) => !url.endsWith("/session"))).toHaveLength(1);
  });

  it("ends what waits when one leaves", async () => {
    server.signedIn = false;
    const sent = change().catch((error: { status: number }) => error.status);
    await waiting();
    session.leave();
    expect(await sent).toBe(401);
    expect(session.session.value).toBeNull();
  });
});

describe("what a role may do", () => {
  it("includes what those below it may", () => {
    expect((["viewer", "operator", "author", "admin"] as const).map((role) => session.can(role))).toEqual([true, true, true, false]);
  });
});
