/** Who may do what: users, tokens for programs, webhooks, secrets for tasks, and the record of what they did. For admins. */

import "./access.css";

import { Head, Tabs } from "../../components/layout";
import { link } from "../../router";
import { Audit } from "./audit";
import { Hooks } from "./hooks";
import { Secrets } from "./secrets";
import { Tokens } from "./tokens";
import { Users } from "./users";

const VIEWS = { users: Users, tokens: Tokens, hooks: Hooks, secrets: Secrets, audit: Audit };

export function People({ view }: { view: string }) {
  const shown = view in VIEWS ? (view as keyof typeof VIEWS) : "users";
  const View = VIEWS[shown];
  return (
    <>
      <Head title="Access" />
      <Tabs
        label="Views"
        current={shown}
        tabs={[
          { name: "users", label: "Users", href: link("people") },
          { name: "tokens", label: "Tokens", href: link("people", "tokens") },
          { name: "hooks", label: "Webhooks", href: link("people", "hooks") },
          { name: "secrets", label: "Secrets", href: link("people", "secrets") },
          { name: "audit", label: "Audit log", href: link("people", "audit") },
        ]}
      />
      <View />
    </>
  );
}
