/** All schedules, as a list or as a calendar, and the days on which they may fire. */

import { Head, Tabs } from "../../components/layout";
import { lazy } from "../../components/lazy";
import { link } from "../../router";
import { Calendar } from "./calendar";
import { List } from "./list";
import { OpenDays } from "./open-days";

const Simulate = lazy(() => import("../simulate/simulate").then((page) => page.Simulate));

export function Schedules({ view }: { view: string }) {
  return (
    <>
      <Head title="Schedules" />
      <Tabs
        label="Views"
        current={view}
        tabs={[
          { name: "list", label: "List", href: link("schedules") },
          { name: "calendar", label: "Calendar", href: link("schedules", "calendar") },
          { name: "open-days", label: "Open days", href: link("schedules", "open-days") },
          { name: "simulate", label: "Simulate", href: link("schedules", "simulate") },
        ]}
      />
      {view === "calendar" ? <Calendar /> : view === "open-days" ? <OpenDays /> : view === "simulate" ? <Simulate /> : <List />}
    </>
  );
}
