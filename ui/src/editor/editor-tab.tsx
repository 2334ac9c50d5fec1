/** A workflow with its schedules as YAML: checked as one types, with what saving would change. */

import { useEffect, useRef, useState } from "preact/hooks";

import { api, take, takeTagged } from "../api/client";
import { useLive } from "../live/live";
import { Section, Show } from "../components/layout";
import { outdated } from "../components/form";
import { attempt, complain, say } from "../components/notices";
import { runNow } from "../components/actions";
import { Press } from "../components/press";
import { go, link, place } from "../router";
import { useCheck } from "./checking";
import { openCode, type Code } from "./code";
import type { Schema } from "./completion";
import { Errors, Preview } from "./findings";
import { idOf, template } from "./template";
import { useGuard } from "./unsaved";
import "./editor.css";

interface Loaded {
  text: string;
  /** Of what is saved, and its version; none where nothing is yet. */
  tag: string;
  newest: number;
  zones: Record<string, string>;
}

async function load(id: string, isNew: boolean, version: string | null, signal: AbortSignal): Promise<Loaded> {
  if (isNew) return { text: template(id), tag: "", newest: 0, zones: {} };
  const path = { workflow: id };
  const [document, tag] = await takeTagged(api.GET("/api/v1/workflows/{workflow}/document", { params: { path }, signal }));
  const { schedules } = await take(api.GET("/api/v1/workflows/{workflow}", { params: { path }, signal }));
  const zones = Object.fromEntries(schedules.map((one) => [one.id, one.timezone]));
  const { yaml, version: newest } = document;
  if (!version) return { text: yaml, tag, newest, zones };
  const params = { path: { ...path, version: Number(version) } };
  const old = await take(api.GET("/api/v1/workflows/{workflow}/versions/{version}", { params, signal }));
  return { text: old.yaml, tag, newest, zones };
}

export function EditorTab({ id, isNew = false }: { id: string; isNew?: boolean }) {
  const version = place.value.query.get("version");
  const loaded = useLive((signal) => load(id, isNew, version, signal), () => false, [id, isNew, version]);
  return <Show loaded={loaded}>{(found) => <Editor key={version} id={id} isNew={isNew} version={version} loaded={found} />}</Show>;
}

interface EditorProps {
  id: string;
  isNew: boolean;
  version: string | null;
  loaded: Loaded;
}

function Editor({ id, isNew, version, loaded }: EditorProps) {
  // What was opened counts as saved: whoever leaves an old version as it is loses nothing.
  const [saved, setSaved] = useState<{ text: string; tag: string }>({ text: loaded.text, tag: loaded.tag });
  /** The version that the text is made from, as long as it is. */
  const [origin, setOrigin] = useState(version);
  const [text, setText] = useState(loaded.text);
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  const [conflict, setConflict] = useState(false);
  const host = useRef<HTMLDivElement>(null);
  const code = useRef<Code | null>(null);
  const target = isNew ? (idOf(text) ?? id) : id;
  const check = useCheck(target, text, round);
  const fresh = check?.text === text ? check : undefined;
  const dirty = text !== saved.text;
  const release = useGuard(dirty);
  const andRun = place.value.query.has("run");

  const save = useRef(async () => false);
  save.current = async () => {
    if (busy) return false;
    setBusy(true);
    try {
      const params = { path: { workflow: target }, header: saved.tag ? { "if-match": saved.tag } : {} };
      const [done, tag] = await takeTagged(api.PUT("/api/v1/workflows/{workflow}/document", { params, body: { yaml: text } }));
      setSaved({ text, tag });
      setOrigin(null);
      setConflict(false);
      setRound(round + 1);
      say(done.result === "unchanged" ? `${target} is unchanged.` : `Saved ${target} as version ${done.version}.`);
      if (isNew) leave(link("workflows", target));
      return true;
    } catch (error) {
      if (!outdated(error)) complain(error);
      else if (isNew) complain(new Error(`Workflow ${target} already exists; choose another ID.`));
      else setConflict(true);
      return false;
    } finally {
      setBusy(false);
    }
  };

  async function saveAndRun(): Promise<void> {
    if (!(await save.current())) return;
    release();
    await runNow(target);
  }

  /** Go, now that nothing would be lost. */
  function leave(address: string): void {
    release();
    go(address);
  }

  useEffect(() => {
    let schema: Schema | undefined;
    take(api.GET("/api/v1/schema")).then((found) => (schema = found as Schema)).catch(() => undefined);
    const opened = openCode(host.current as HTMLElement, {
      text: loaded.text,
      label: `Workflow ${id} as YAML`,
      schema: () => schema,
      onChange: setText,
      onSave: () => void save.current(),
    });
    code.current = opened;
    return opened.end;
  }, []);
  useEffect(() => {
    if (fresh) code.current?.show(fresh.errors.filter((one) => one.line));
  }, [fresh]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      event.preventDefault();
      void save.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  /** Take what somebody else saved as what is saved; the text stays, or becomes theirs. */
  async function lookAnew(theirs: boolean): Promise<void> {
    await attempt(async () => {
      const params = { path: { workflow: id } };
      const [document, tag] = await takeTagged(api.GET("/api/v1/workflows/{workflow}/document", { params }));
      setSaved({ text: document.yaml, tag });
      setConflict(false);
      setRound(round + 1);
      if (!theirs) return;
      setOrigin(null);
      code.current?.replace(document.yaml);
    });
  }

  const cannot = busy || (fresh?.errors.length ?? 0) > 0;
  return (
    <>
      {conflict && (
        <div class="problem" role="alert">
          <p>Someone else saved {id} while you were editing. Your text is still here, and nothing was overwritten.</p>
          <Press act={() => lookAnew(false)}>Compare mine with theirs</Press>
          <Press act={() => lookAnew(true)}>Use theirs</Press>
        </div>
      )}
      {origin && <Origin version={Number(origin)} newest={loaded.newest} />}
      <Section
        title={isNew ? "New workflow as YAML" : "Definition"}
        beside={
          <div class="row">
            {dirty && <span class="tag">unsaved</span>}
            {andRun && (
              <Press disabled={cannot} act={() => saveAndRun()}>
                Save and run
              </Press>
            )}
            <Press class="primary" disabled={cannot || !(dirty || isNew || origin)} title="Ctrl+S" act={() => save.current()}>
              {isNew ? "Create workflow" : "Save"}
            </Press>
          </div>
        }
      >
        <div ref={host} class="editor" />
        <p class="editor-foot faint">Ctrl+Space suggests what you can write; Ctrl+S saves. Comments are not kept.</p>
      </Section>
      <div aria-live="polite" aria-busy={!fresh}>
        {check && check.errors.length > 0 && <Errors errors={check.errors} goTo={(error) => code.current?.goTo(error)} />}
        {check?.change && <Preview change={check.change} isNew={isNew} zones={loaded.zones} />}
      </div>
    </>
  );
}

/** Of which version the text is, and what becomes of those after it. */
function Origin({ version, newest }: { version: number; newest: number }) {
  const between = newest === version + 1 ? `version ${newest}` : `versions ${version + 1} to ${newest}`;
  return (
    <p class={newest > version ? "lost" : "faint"}>
      This is the text of version {version}.{newest > version && ` Saving it reverts what ${between} changed, as shown below.`} It
      does not include schedules, so they stay as they are.
    </p>
  );
}
