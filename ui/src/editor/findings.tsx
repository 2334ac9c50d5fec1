/** What is wrong in a text, line by line; or what saving it would change. */

import type { Place, Shapes } from "../api/client";
import { Diff } from "../components/diff";
import { Icon } from "../components/icons";
import { Section } from "../components/layout";
import { Warnings } from "../components/warnings";
import { homeZone } from "../session";
import { Time } from "../time/time";

export function Errors({ errors, goTo }: { errors: Place[]; goTo: (error: Place) => void }) {
  return (
    <Section title={errors.length === 1 ? "1 problem" : `${errors.length} problems`}>
      <ul class="errors">
        {errors.map((error, at) => (
          <li key={at}>
            <Icon name="failed" />
            {error.line ? (
              <button class="plain" onClick={() => goTo(error)}>
                line {error.line}, column {error.column}
              </button>
            ) : null}
            <span>{error.message}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface PreviewProps {
  change: Shapes["Applied"];
  isNew: boolean;
  /** Of the schedules that are there. */
  zones: Record<string, string>;
}

const WORDS: Record<string, string> = {
  created: "Saving creates a new workflow.",
  changed: "Saving changes these lines:",
  unchanged: "Saving changes nothing.",
};

export function Preview({ change, isNew, zones }: PreviewProps) {
  const { result, diff, fires_added: added, fires_removed: removed, collisions } = change;
  return (
    <Section title="Preview of the changes">
      <div class="body stack">
        {isNew && result !== "created" ? (
          <p class="bad">Workflow {change.id} already exists; choose another ID.</p>
        ) : (
          <p>{WORDS[result] ?? result}</p>
        )}
        <Warnings warnings={change.warnings} />
        {diff.length > 0 && <Diff lines={diff} />}
        {(added.length > 0 || removed.length > 0) && (
          <div class="fire-changes">
            <FireTimes title="New fires" sign="+" fires={added} zones={zones} />
            <FireTimes title="Removed fires" sign="−" fires={removed} zones={zones} />
            <Collisions collisions={collisions} zones={zones} />
          </div>
        )}
      </div>
    </Section>
  );
}

interface FireTimesProps {
  title: string;
  sign: string;
  fires: Shapes["FireTime"][];
  zones: Record<string, string>;
}

function FireTimes({ title, sign, fires, zones }: FireTimesProps) {
  if (fires.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {fires.map((fire) => (
          <li key={`${fire.schedule_id} ${fire.utc}`} class={sign === "+" ? "good" : "bad"}>
            <span class="mono" aria-hidden="true">{sign}</span>
            <Time at={fire.utc} zone={zones[fire.schedule_id] ?? homeZone.value} />
            <span class="faint">{fire.schedule_id}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CollisionsProps {
  collisions: Shapes["FireCollision"][];
  zones: Record<string, string>;
}

function Collisions({ collisions, zones }: CollisionsProps) {
  if (collisions.length === 0) return null;
  return (
    <section>
      <h3>New fires at the same time as others</h3>
      <ul>
        {collisions.map(({ schedule_id: schedule, at, schedule_ids: others }) => (
          <li key={`${schedule} ${at}`}>
            <Time at={at} zone={zones[schedule] ?? homeZone.value} />
            <span class="faint">
              {schedule} with {others.slice(0, 3).join(", ")}
              {others.length > 3 && ` and ${others.length - 3} more`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
