/** The head of a workflow's page: its state, and what can be done with it. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import type { Shapes } from "../../api/client";
import { attempt } from "../../components/notices";
import { askForBackfill } from "../../components/backfill-form";
import { askForTime } from "../../components/run-form";
import { deleteWorkflow, runNow, setPaused } from "../../components/actions";
import { Icon } from "../../components/icons";
import { Head } from "../../components/layout";
import { Menu, type Action } from "../../components/menu";
import { Press } from "../../components/press";
import { go, link } from "../../router";
import { can } from "../../session";
import { DetailsForm } from "./details-form";
import { NameForm } from "./name-form";

type Open = "copy" | "rename" | "details" | null;

export function WorkflowHead({ workflow, above }: { workflow: Shapes["WorkflowAnswer"]; above: ComponentChildren }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { id, enabled, version } = workflow;
  const later: Action = { words: <><Icon name="schedules" /> Run for another time</>, act: () => void attempt(() => askForTime(id)) };
  const actions: Action[] = [
    ...(workflow.tasks.length > 0 ? [later] : []),
    { words: <><Icon name="edit" /> Edit details</>, act: () => setOpen("details") },
    { words: <><Icon name="copy" /> Copy</>, act: () => setOpen("copy") },
    { words: <><Icon name="edit" /> Rename</>, act: () => setOpen("rename") },
    { words: <><Icon name="again" /> Backfills</>, act: () => go(link("backfills", { workflow: id })) },
    { words: <><Icon name="bin" /> Delete</>, act: () => void deleteWorkflow(id, String(version)), danger: true },
  ];
  return (
    <Head
      title={id}
      above={above}
      beside={
        <span class={`state ${enabled ? "good" : "calm"}`} title={enabled ? "Its schedules fire" : "Its schedules do not fire"}>
          <Icon name={enabled ? "succeeded" : "pause"} /> {enabled ? "enabled" : "paused"}
        </span>
      }
    >
      {can("operator") && (
        <>
          <Press class="primary" data-key="r" data-ask={`Run ${id} now?`} disabled={workflow.tasks.length === 0} act={() => runNow(id)}>
            <Icon name="runs" /> Run now
          </Press>
          <button disabled={workflow.tasks.length === 0} onClick={() => askForBackfill({ workflows: [id] })}>
            <Icon name="again" /> Run past times
          </button>
          <Press act={() => setPaused("workflow", id, enabled)}>
            <Icon name={enabled ? "pause" : "runs"} /> {enabled ? "Pause" : "Resume"}
          </Press>
        </>
      )}
      {can("author") && (
        <Menu label="More actions" actions={actions}>
          <Icon name="more" />
        </Menu>
      )}
      {open === "details" && <DetailsForm workflow={workflow} onClose={close} />}
      {(open === "copy" || open === "rename") && <NameForm kind={open} workflow={workflow} onClose={close} />}
    </Head>
  );
}
