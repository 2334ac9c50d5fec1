/** Who is signed in, with what role, and the home that the page shows. */

import { computed, signal } from "@preact/signals";

import { api, credentials, take, type Shapes } from "./api/client";
import { link, replace } from "./router";

export type Session = Shapes["SessionAnswer"];
export type Role = Session["role"];

const ROLES: Role[] = ["viewer", "operator", "author", "admin"];

/** undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

export const homeZone = computed(() => session.value?.timezone ?? "UTC");

credentials.lost = () => {
  credentials.csrf = null;
  session.value = null;
};

/** Whether who is signed in has the role, or one above it. */
export function can(role: Role): boolean {
  return ROLES.indexOf(session.value?.role ?? "viewer") >= ROLES.indexOf(role);
}

function enter(found: Session): void {
  credentials.csrf = found.csrf;
  session.value = found;
}

/** Use the ticket of the address, if there is one, and take it out of the address; else look who is signed in. */
export async function begin(): Promise<void> {
  const ticket = /^#ticket=([\w-]+)$/.exec(location.hash)?.[1];
  if (ticket) {
    replace(link());
    try {
      enter(await take(api.POST("/api/v1/session", { body: { ticket } })));
      return;
    } catch {
      // Used before, or too old: who is signed in already stays so.
    }
  }
  try {
    enter(await take(api.GET("/api/v1/session")));
  } catch {
    session.value = null;
  }
}

export async function signIn(name: string, password: string): Promise<void> {
  enter(await take(api.POST("/api/v1/session", { body: { name, password } })));
}

export async function signOut(): Promise<void> {
  await api.DELETE("/api/v1/session");
  credentials.lost();
}
