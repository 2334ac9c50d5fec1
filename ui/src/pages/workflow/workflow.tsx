/** One workflow: what it does, when, what came of it, and its forms. */

import type { ComponentType } from "preact";

import { api, take } from "../../api/client";
import { useLive } from "../../live/live";
import { Head, Show, Tabs } from "../../components/layout";
import { lazy } from "../../components/lazy";
import { link, place } from "../../router";
import { can } from "../../session";
import { WorkflowHead } from "./head";
import { OverviewTab } from "./overview-tab";
import { RunsTab } from "./runs-tab";
import { ScheduleList } from "./schedule-list";
import type { TabProps } from "./tab-props";
import { TaskTable } from "./task-table";
import "./workflow.css";

// Only who opens them loads the editor and what compares versions.
const Versions = lazy(() => import("./versions-tab").then((tab) => tab.VersionsTab));
const Editor = lazy(() => import("../../editor/editor-tab").then((tab) => tab.EditorTab));

const TABS: [name: string, label: string][] = [
  ["", "Overview"],
  ["tasks", "Tasks"],
  ["schedules", "Schedules"],
  ["runs", "Runs"],
  ["versions", "Versions"],
  ["edit", "Edit as YAML"],
];

const CONTENTS: Record<string, ComponentType<TabProps>> = {
  "": OverviewTab,
  tasks: TaskTable,
  schedules: ScheduleList,
  runs: RunsTab,
  versions: Versions,
  edit: ({ workflow }) => <Editor id={workflow.id} />,
};

const Back = () => <a href={link("workflows")}>Workflows</a>;

export function Workflow({ id, rest }: { id: string; rest: string[] }) {
  if (rest[0] === "edit" && place.value.query.has("new")) return <NewDocument id={id} />;
  return <Known id={id} rest={rest} />;
}

function NewDocument({ id }: { id: string }) {
  return (
    <>
      <Head title="New workflow" above={<Back />} />
      <Editor id={id} isNew />
    </>
  );
}

function Known({ id, rest }: { id: string; rest: string[] }) {
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/workflows/{workflow}", { params: { path: { workflow: id } }, signal })),
    (one) => one.workflow_id === id || one.kind === "catalog.changed",
    [id],
  );
  const name = rest[0] ?? "";
  const Content = CONTENTS[name] ?? OverviewTab;
  const tabs = TABS.filter(([tab]) => tab !== "edit" || can("author"));
  return (
    <>
      {!loaded.data && <Head title={id} above={<Back />} />}
      <Show loaded={loaded}>
        {(workflow) => (
          <>
            <WorkflowHead workflow={workflow} above={<Back />} />
            <Tabs
              label={`Parts of ${id}`}
              current={name in CONTENTS ? name : ""}
              tabs={tabs.map(([tab, label]) => ({ name: tab, label, href: tab ? link("workflows", id, tab) : link("workflows", id) }))}
            />
            <Content workflow={workflow} rest={rest.slice(1)} />
          </>
        )}
      </Show>
    </>
  );
}
