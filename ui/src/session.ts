/** Who is signed in, with what role, and the home that the web interface shows; and what becomes of a page whose session ends. */

import { computed, signal } from "@preact/signals";

import { api, credentials, take, type Shapes } from "./api/client";
import { link, replace } from "./router";

export type Session = Shapes["SessionAnswer"];
export type Role = Session["role"];

const ROLES: Role[] = ["viewer", "operator", "author", "admin"];

/** undefined: not known yet; null: none. Who was signed in stays known after the session has ended, so that the page stays. */
export const session = signal<Session | null | undefined>(undefined);

/** Whether the session has ended under an open page, and whether the page asks to sign in again. */
export const ended = signal(false);
export const asksToSignIn = signal(false);

export const homeZone = computed(() => session.value?.timezone ?? "UTC");

/** Whether who is signed in has the role, or one above it. */
export function can(role: Role): boolean {
  return ROLES.indexOf(session.value?.role ?? "viewer") >= ROLES.indexOf(role);
}

interface Refused {
  changes: boolean;
  settle: (signedIn: boolean) => void;
}

/** The requests that wait until somebody signs in. */
const refused = new Set<Refused>();

function settle(signedIn: boolean, which: (one: Refused) => boolean): void {
  for (const one of [...refused].filter(which)) one.settle(signedIn);
}

/** Ask at once if it keeps something from being done; else once, and not over a form that somebody is filling in. */
function noticeEnd(keepsFrom: boolean): void {
  const isFree = !ended.peek() && !document.querySelector("dialog[open]");
  ended.value = true;
  if (keepsFrom || isFree) asksToSignIn.value = true;
}

credentials.ended = (request) => {
  if (!session.peek() || request.signal.aborted) return Promise.resolve(false);
  const changes = request.method !== "GET";
  noticeEnd(changes);
  return new Promise((resolve) => {
    const waiting: Refused = {
      changes,
      settle: (signedIn) => {
        refused.delete(waiting);
        resolve(signedIn);
      },
    };
    refused.add(waiting);
    request.signal.addEventListener("abort", () => waiting.settle(false));
  });
};

credentials.renewed = async () => {
  const before = credentials.csrf;
  return (await look()) && credentials.csrf !== before;
};

/** Leave the page as it is, without a session: what was to be changed is given up, what is shown waits. */
export function stayOut(): void {
  asksToSignIn.value = false;
  settle(false, (one) => one.changes);
}

const tabs = new BroadcastChannel("session");
tabs.onmessage = () => void look();

function enter(found: Session): void {
  credentials.csrf = found.csrf;
  session.value = found;
  ended.value = false;
  asksToSignIn.value = false;
  settle(true, () => true);
}

/** Ask whether there is a session; one that has ended is noticed, one that another tab began is taken. */
export async function look(): Promise<boolean> {
  try {
    enter(await take(api.GET("/api/v1/session")));
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === 401 && session.peek()) noticeEnd(false);
    return false;
  }
}

addEventListener("focus", () => {
  if (ended.peek()) void look();
});

/** Use the ticket of the address, if there is one, and take it out of the address; else look who is signed in. */
export async function begin(): Promise<void> {
  const ticket = /^#ticket=([\w-]+)$/.exec(location.hash)?.[1];
  if (ticket) {
    replace(link());
    try {
      enter(await take(api.POST("/api/v1/session", { body: { ticket } })));
      tabs.postMessage("signed in");
      return;
    } catch {
      // Used before, or too old: who is signed in already stays so.
    }
  }
  if (!(await look())) session.value = null;
}

export async function signIn(name: string, password: string): Promise<void> {
  enter(await take(api.POST("/api/v1/session", { body: { name, password } })));
  tabs.postMessage("signed in");
}

/** Go to the page that asks who one is. */
export function leave(): void {
  credentials.csrf = null;
  session.value = null;
  ended.value = false;
  asksToSignIn.value = false;
  settle(false, () => true);
}

export async function signOut(): Promise<void> {
  if (!ended.peek()) await api.DELETE("/api/v1/session");
  leave();
}
