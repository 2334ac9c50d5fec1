/** Answers that are asked for before the code that needs them has come. Each is for the first who asks the same. */

const answers = new Map<string, Promise<Response>>();
/** What nobody asked for by then would be old. */
const KEPT = 5000;

export function askAhead(path: string): void {
  const url = new URL(path, location.origin).href;
  const answer = fetch(url);
  // An error is for the one that takes it.
  answer.catch(() => undefined);
  answers.set(url, answer);
  setTimeout(() => answers.delete(url), KEPT);
}

export function takeAhead(url: string): Promise<Response> | undefined {
  const found = answers.get(url);
  answers.delete(url);
  return found;
}
