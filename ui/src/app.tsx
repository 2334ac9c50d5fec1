/** The frame around every page: who is signed in, where one can go, and how times are shown. */

import { useEffect } from "preact/hooks";

import { connection, listen } from "./live/live";
import { Overview } from "./pages/overview/overview";
import { Ended, SignIn, SignInAgain } from "./pages/sign-in";
import { Conditions } from "./components/conditions";
import { Questions } from "./components/dialog";
import { BackfillForms } from "./components/backfill-form";
import { RunForms } from "./components/run-form";
import { Icon, type IconName } from "./components/icons";
import { helpShown, Keyboard } from "./components/keyboard";
import { Segments } from "./components/fields";
import { Empty, Head, Loading } from "./components/layout";
import { Notices } from "./components/notices";
import { theme } from "./components/theme";
import { Backfills, Health, Machines, People, Report, Run, Runs, Schedules, Workflow, Workflows } from "./lazy-pages";
import { link, place } from "./router";
import { can, ended, session, signOut } from "./session";
import { relativeFirst, zoneMode } from "./time/settings";

const PLACES: [name: string, words: string, icon: IconName][] = [
  ["", "Overview", "overview"],
  ["workflows", "Workflows", "workflows"],
  ["runs", "Runs", "runs"],
  ["schedules", "Schedules", "schedules"],
  ["machines", "Machines", "machines"],
  ["health", "Health", "health"],
  ["people", "Access", "people"],
];

/** Whether the navigation leads there; the address does so always. */
const isShown = (name: string) => (name === "machines" ? session.value?.machines : name === "people" ? can("admin") : true);

export function App() {
  const signedIn = Boolean(session.value);
  useEffect(() => (signedIn ? listen() : undefined), [signedIn]);
  if (session.value === undefined) return <Loading />;
  return (
    <>
      {session.value === null ? <SignIn /> : <Frame />}
      <RunForms />
      <BackfillForms />
      <Questions />
      <SignInAgain />
      <Notices />
    </>
  );
}

function Frame() {
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById("content")?.focus())}>
        Skip to content
      </a>
      <Navigation />
      <main id="content" tabIndex={-1}>
        <Ended />
        <Lost />
        <Conditions />
        <Page />
      </main>
      <Keyboard />
    </>
  );
}

function Page() {
  const [room, id, ...rest] = place.value.parts;
  if (room === undefined) return <Overview />;
  if (room === "workflows") return id ? <Workflow key={id} id={id} rest={rest} /> : <Workflows />;
  if (room === "runs") return id ? <Run key={id} id={id} rest={rest} /> : <Runs />;
  if (room === "backfills") return <Backfills key={id} id={id} />;
  if (room === "schedules") return <Schedules view={id ?? "list"} />;
  if (room === "machines") return <Machines key={id} id={id} />;
  if (room === "health") return <Health view={id ?? "state"} />;
  if (room === "report") return <Report />;
  if (room === "people") return <People view={id ?? "users"} />;
  return (
    <>
      <Head title="Page not found" />
      <Empty words="There is no page at this address.">
        <a class="button" href={link()}>Go to the overview</a>
      </Empty>
    </>
  );
}

function Navigation() {
  const first = place.value.parts[0] ?? "";
  const room = first === "backfills" ? "runs" : first === "report" ? "" : first;
  return (
    <aside class="navigation">
      <a class="brand" href={link()} aria-label="Workflow Scheduler, overview">
        <img src="./icon.svg" alt="" width="24" height="24" />
        <span>Workflow Scheduler</span>
      </a>
      <nav aria-label="Pages">
        {PLACES.filter(([name]) => isShown(name)).map(([name, words, icon]) => (
          <a key={name} href={name ? link(name) : link()} aria-current={room === name ? "page" : undefined}>
            <Icon name={icon} />
            <span>{words}</span>
          </a>
        ))}
      </nav>
      <div class="switches">
        <Segments
          label="Time zone"
          value={zoneMode.value}
          options={[["local", "Local"], ["schedule", "Schedule"], ["utc", "UTC"]]}
          onInput={(mode) => (zoneMode.value = mode)}
        />
        <div class="row">
          <button
            class="plain"
            aria-pressed={relativeFirst.value}
            title="Relative times, such as 5 min ago"
            onClick={() => (relativeFirst.value = !relativeFirst.value)}
          >
            <Icon name="waiting" /> <span class="unseen">Relative times</span>
          </button>
          <button class="plain" title={`Theme: ${theme.value}`} onClick={() => (theme.value = next[theme.value])}>
            <Icon name={theme.value === "light" ? "sun" : theme.value === "dark" ? "moon" : "half"} />
            <span class="unseen">Theme: {theme.value}</span>
          </button>
          <button class="plain" title="Keyboard shortcuts (?)" onClick={() => (helpShown.value = true)}>
            <Icon name="help" /> <span class="unseen">Keyboard shortcuts</span>
          </button>
          <button class="plain" title={`Sign out ${session.value?.user} (${session.value?.role})`} onClick={() => void signOut()}>
            <Icon name="out" /> <span class="unseen">Sign out</span>
          </button>
        </div>
        <p class="home" title={session.value?.home}>{session.value?.home}</p>
      </div>
    </aside>
  );
}

const next = { system: "light", light: "dark", dark: "system" } as const;

/** Says that what is shown may be old. */
function Lost() {
  if (connection.value !== "lost" || ended.value) return null;
  return (
    <p class="lost" role="status">
      <Icon name="warning" /> The web interface does not respond; what you see may be out of date. Reconnecting …
    </p>
  );
}
