/** One intention is one change: while a request is under way the same one is not sent again, and one that was never answered keeps its key. */

interface Intention {
  key: string;
  since: number;
  answer?: Promise<Response>;
}

const intentions = new Map<string, Intention>();
/** Who asks for the same after this time means something new. */
const KEPT = 10 * 60_000;
/** Whether it was done is not known after these. */
const isOpen = (status: number) => status >= 500 || status === 408 || status === 429;

const HEADER = "idempotency-key";

/** Send it by `work`, with an Idempotency-Key; who asks for the same meanwhile gets the same answer. */
export async function intended(request: Request, work: (request: Request) => Promise<Response>): Promise<Response> {
  const name = [request.method, request.url, request.headers.get("if-match") ?? "", await request.clone().text()].join("\n");
  const before = intentions.get(name);
  if (before?.answer) return (await before.answer).clone();
  const isSame = before !== undefined && performance.now() - before.since < KEPT;
  const intention: Intention = isSame ? before : { key: crypto.randomUUID(), since: performance.now() };
  intentions.set(name, intention);
  const end = () => intentions.get(name) === intention && intentions.delete(name);
  request.signal.addEventListener("abort", end);
  request.headers.set(HEADER, intention.key);
  intention.answer = work(request);
  try {
    const answer = await intention.answer;
    if (!isOpen(answer.status)) end();
    return answer.clone();
  } finally {
    intention.answer = undefined;
    request.signal.removeEventListener("abort", end);
  }
}
