/** All schedules, as a list or as a calendar. */

import { Head, Tabs } from "../../components/layout";
import { link } from "../../router";
import { Calendar } from "./calendar";
import { List } from "./list";

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
        ]}
      />
      {view === "calendar" ? <Calendar /> : <List />}
    </>
  );
}
