/** The schedules of a workflow: in plain English, with their next fires, and the forms that change them. */

import { useState } from "preact/hooks";

import { api, take, type Shapes } from "../../api/client";
import { tagsOf } from "../../api/declared";
import { POLICIES } from "../../api/fields";
import { parametersOf } from "../../api/parameters";
import { useLive } from "../../live/live";
import { setPaused, skipNext } from "../../components/actions";
import { confirm } from "../../components/dialog";
import { WhyButton } from "../../components/explain";
import { Icon } from "../../components/icons";
import { Empty, ProblemBox, Section } from "../../components/layout";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import { place, setQuery } from "../../router";
import { can } from "../../session";
import { Fires } from "./fires";
import { ScheduleForm } from "./schedule-form";
import { whole } from "./schedule-values";
import type { TabProps } from "./tab-props";

type ScheduleAnswer = Shapes["ScheduleAnswer"];
type ScheduleDetail = Shapes["ScheduleDetail"];

export function ScheduleList({ workflow }: TabProps) {
  // undefined: no form; null: the form of a new schedule.
  const [edited, setEdited] = useState<ScheduleAnswer | null>();
  const author = can("author");
  const add = author && (
    <button onClick={() => setEdited(null)}>
      <Icon name="plus" /> Add schedule
    </button>
  );
  return (
    <Section title="Schedules" beside={workflow.schedules.length > 0 && add}>
      {workflow.schedules.length === 0 ? (
        <Empty words="No schedules yet. It runs only when you start it.">{add}</Empty>
      ) : (
        <ul class="schedules">
          {workflow.schedules.map((one) => (
            <One key={one.id} schedule={one} paused={!workflow.enabled} onEdit={() => setEdited(one)} />
          ))}
        </ul>
      )}
      {edited !== undefined && <ScheduleForm workflow={workflow.id} parameters={parametersOf(workflow.params)} schedule={edited} onClose={() => setEdited(undefined)} />}
    </Section>
  );
}

interface OneProps {
  schedule: ScheduleAnswer;
  /** Whether its workflow is, which pauses it as well. */
  paused: boolean;
  onEdit: () => void;
}

function One({ schedule, paused, onEdit }: OneProps) {
  const { id, timezone } = schedule;
  const { data, problem, again } = useLive<ScheduleDetail>(
    (signal) => take(api.GET("/api/v1/schedules/{schedule}", { params: { path: { schedule: id } }, signal })),
    (one) => one.schedule_id === id || one.kind === "catalog.changed",
    [id],
  );
  // The calendar leads here from a fire without a run.
  const [of, at] = place.value.query.get("why")?.split(" ") ?? [];
  const asked = of === id ? at : undefined;
  const enabled = data?.enabled ?? schedule.enabled;
  return (
    <li data-row>
      <div class="about">
        <h3 class={schedule.problem ? "bad" : undefined}>{schedule.description}</h3>
        <p class="faint">
          <code>{id}</code> · {[timezone, ...tagsOf(POLICIES, { ...schedule })].join(" · ")}
        </p>
      </div>
      {(!enabled || paused) && (
        <span class="state calm"><Icon name="pause" /> {enabled ? "paused with its workflow" : "paused"}</span>
      )}
      <div class="row buttons">
        <WhyButton
          key={asked}
          asked={{ workflow: schedule.workflow_id, schedule: id, ...(asked ? { at: asked } : {}) }}
          about={`Schedule ${id}`}
          open={asked !== undefined}
          onClose={() => asked && setQuery("why", null)}
        />
        {can("operator") && (
          <>
            {enabled && !("at_start" in schedule.spec) && (
              <Press class="plain" aria-label={`Skip the next run of ${id}`} title="Skip the next run" act={() => skipNext(id)}>
                <Icon name="skipped" />
              </Press>
            )}
            <Press class="plain" aria-label={`${enabled ? "Pause" : "Resume"} ${id}`} title={enabled ? "Pause" : "Resume"} act={() => setPaused("schedule", id, enabled)}>
              <Icon name={enabled ? "pause" : "runs"} />
            </Press>
          </>
        )}
        {can("author") && (
          <>
            <button class="plain" aria-label={`Edit ${id}`} title="Edit" onClick={onEdit}>
              <Icon name="edit" />
            </button>
            <Press class="plain" aria-label={`Delete ${id}`} title="Delete" act={() => remove(data ?? schedule)}>
              <Icon name="bin" />
            </Press>
          </>
        )}
      </div>
      {problem && problem.status !== 404 && <ProblemBox problem={problem} again={again} />}
      {data && enabled && !paused && !data.problem && !("at_start" in schedule.spec) && <Fires fires={data.fires} zone={timezone} />}
    </li>
  );
}

/** Delete after asking; the notice that it is gone makes it again. */
async function remove(schedule: ScheduleAnswer): Promise<void> {
  const { id } = schedule;
  if (!(await confirm(`Delete schedule ${id}?`, "The record of its fires is kept, and you can undo this.", "Delete"))) return;
  await attempt(async () => {
    await api.DELETE("/api/v1/schedules/{schedule}", {
      // The person who was asked saw it, and can undo it.
      params: { path: { schedule: id }, header: { "if-match": "*" } },
    });
    const body = whole(schedule);
    say(`Deleted ${id}.`, () => void attempt(() => api.POST("/api/v1/schedules", { body }), `Restored ${id}.`));
  });
}
