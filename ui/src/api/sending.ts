/** How a request reaches the server: with the proof of who asks, once for each intention, and again after signing in. */

import { takeAhead } from "./prefetch";
import { asking } from "./marks";
import { intended } from "./intentions";
import { heardAt } from "./server-time";

/** What is known of who is signed in; `session.ts` sets it. */
export const credentials: {
  csrf: string | null;
  /** The session has ended: resolves with true once somebody has signed in, with false if the request is given up. */
  ended: (request: Request) => Promise<boolean>;
  /** Ask again for the CSRF token, which another tab's sign-in changes; false if it is the same. */
  renewed: () => Promise<boolean>;
} = { csrf: null, ended: async () => false, renewed: async () => false };

const isChange = ({ method }: Request) => method !== "GET" && method !== "HEAD";

/** Signing in and out is not itself a reason to sign in. */
const isSession = ({ url }: Request) => new URL(url).pathname === "/api/v1/session";

export function send(request: Request): Promise<Response> {
  return isChange(request) ? intended(request, delivered) : delivered(request);
}

async function delivered(request: Request): Promise<Response> {
  let renewed = false;
  for (;;) {
    const answer = await once(request);
    if (isSession(request)) return answer;
    if (answer.status === 401 && (await credentials.ended(request))) continue;
    if (answer.status === 403 && isChange(request) && !renewed) {
      renewed = true;
      if (await credentials.renewed()) continue;
    }
    return answer;
  }
}

async function once(request: Request): Promise<Response> {
  const ahead = request.method === "GET" ? takeAhead(request.url) : undefined;
  if (ahead) {
    const noted = asking();
    return ahead.then((answer) => (noted(answer.headers.get("x-mark")), answer));
  }
  // A request can be sent only once; it may have to be sent again.
  const copy = request.clone();
  if (credentials.csrf && isChange(request)) copy.headers.set("x-csrf-token", credentials.csrf);
  const asked = performance.now();
  const noted = asking();
  const answer = await fetch(copy);
  if (!isSession(request)) noted(answer.headers.get("x-mark"));
  heardAt(answer.headers.get("date"), asked, performance.now());
  return answer;
}
