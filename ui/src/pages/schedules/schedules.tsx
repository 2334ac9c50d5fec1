/** All schedules, as a list or as a calendar, and the days on which they may fire. */

import { Head, Tabs } from "../../components/layout";
import { link } from "../../router";
import { Calendar } from "./calendar";
import { List } from "./list";
import { OpenDays } from "./open-days";

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
        ]}
      />
      {view === "calendar" ? <Calendar /> : view === "open-days" ? <OpenDays /> : <List />}
    </>
  );
}
