/** The versions of a workflow: when each was saved, what it says, and how it differs from another. */

import { api, take, takeTagged, type Shapes } from "../../api/client";
import { useLive } from "../../live/live";
import { Diff } from "../../components/diff";
import { confirm } from "../../components/dialog";
import { ChoiceField } from "../../components/fields";
import { Icon } from "../../components/icons";
import { Section, Show } from "../../components/layout";
import { attempt, say } from "../../components/notices";
import { Press } from "../../components/press";
import { link, place, setQuery } from "../../router";
import { can } from "../../session";
import { Time } from "../../time/time";
import type { TabProps } from "./tab-props";

export function VersionsTab({ workflow, rest }: TabProps) {
  const { id, version: newest } = workflow;
  const chosen = Number(rest[0]) || newest;
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/workflows/{workflow}/versions", { params: { path: { workflow: id } }, signal })),
    () => false,
    [id, newest],
  );
  return (
    <Show loaded={loaded}>
      {(versions) => (
        <div class="versions">
          <Section title="Versions">
            <ol class="version-list" tabIndex={0} aria-label="Versions, latest first">
              {versions.map(({ version, saved_at }) => (
                <li key={version} data-row>
                  <a href={link("workflows", id, "versions", version)} aria-current={version === chosen ? "page" : undefined}>
                    <b>{version}</b> {version === newest && <span class="tag">latest</span>}
                    <Time at={saved_at} />
                  </a>
                </li>
              ))}
            </ol>
          </Section>
          <One key={chosen} id={id} version={chosen} newest={newest} versions={versions} />
        </div>
      )}
    </Show>
  );
}

interface OneProps {
  id: string;
  version: number;
  newest: number;
  versions: Shapes["VersionRow"][];
}

function One({ id, version, newest, versions }: OneProps) {
  const others = versions.map((one) => one.version).filter((one) => one !== version);
  const before = others.find((one) => one < version) ?? others.at(-1);
  const against = Number(place.value.query.get("against")) || before;
  const path = { workflow: id, version };
  const text = useLive(
    (signal) => take(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params: { path }, signal })),
    () => false,
    [id, version],
  );
  return (
    <div class="stack">
      <Section
        title={`Version ${version}`}
        beside={
          can("author") && (
            <div class="row">
              <a class="button" href={link("workflows", id, "edit", version === newest ? {} : { version: String(version) })}>
                <Icon name="edit" /> Edit this version
              </a>
              {version !== newest && (
                <Press act={() => restore(id, version, newest)}>
                  <Icon name="again" /> Restore this version
                </Press>
              )}
            </div>
          )
        }
      >
        <div class="body stack">
          {against === undefined ? (
            <p class="faint">This is the only version.</p>
          ) : (
            <>
              <ChoiceField
                label="Compared with"
                value={String(against)}
                options={others.map((one) => [String(one), `version ${one}`])}
                onInput={(value) => setQuery("against", value)}
              />
              <Difference key={against} id={id} version={version} against={against} />
            </>
          )}
        </div>
      </Section>
      <Section title="As YAML">
        <div class="body">
          <Show loaded={text}>{({ yaml }) => <pre class="yaml" tabIndex={0} aria-label={`Version ${version} as YAML`}>{yaml}</pre>}</Show>
        </div>
      </Section>
    </div>
  );
}

function Difference({ id, version, against }: { id: string; version: number; against: number }) {
  const params = { path: { workflow: id, version }, query: { against } };
  const loaded = useLive(
    (signal) => take(api.GET("/api/v1/workflows/{workflow}/versions/{version}/diff", { params, signal })),
    () => false,
    [id, version, against],
  );
  return <Show loaded={loaded}>{({ diff }) => <Diff lines={diff} same={`No differences from version ${against}.`} />}</Show>;
}

/** Save what a version says as the newest one. Versions say nothing of schedules, so they stay as they are. */
async function restore(id: string, version: number, newest: number): Promise<void> {
  const words = "It is saved as a new version. Schedules stay as they are, and you can undo this.";
  if (await confirm(`Restore version ${version} of ${id}?`, words, "Restore")) await restoreNow(id, version, newest);
}

async function restoreNow(id: string, version: number, newest: number): Promise<void> {
  const path = { workflow: id };
  await attempt(async () => {
    const [present, tag] = await takeTagged(api.GET("/api/v1/workflows/{workflow}/document", { params: { path } }));
    if (present.version !== newest) throw new Error("Someone else changed it in the meantime. Check its versions, then try again.");
    const { yaml } = await take(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params: { path: { ...path, version } } }));
    const saved = await take(
      api.PUT("/api/v1/workflows/{workflow}/document", { params: { path, header: { "if-match": tag } }, body: { yaml } }),
    );
    if (saved.result === "unchanged") return say(`${id} is already the same as version ${version}.`);
    say(`Restored version ${version} of ${id} as version ${saved.version}.`, () => void restoreNow(id, newest, saved.version));
  });
}
