/** A calendar as YAML, to make and to edit. */

import { useState } from "preact/hooks";

import { api, take, takeTagged } from "../../api/client";
import { Dialog } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Form, outdated } from "../../components/form";
import { say } from "../../components/notices";
import { idOf } from "../../editor/template";
import { useLive } from "../../live/live";
import { Show } from "../../components/layout";

interface CalendarText {
  yaml: string;
  /** Of what is saved; none where nothing is yet. */
  tag: string;
}

const TEMPLATE: CalendarText = {
  yaml: `kind: calendar
id: office
weekend: [sat, sun]
# holidays: {country: DE, region: BY}
closed:
  - 2027-12-24
  - {from: 2027-08-09, to: 2027-08-20, why: Inventory}
`,
  tag: "",
};

interface CalendarFormProps {
  /** None for a new calendar. */
  name?: string;
  onClose: (saved?: string) => void;
}

async function load(name: string | undefined, signal: AbortSignal): Promise<CalendarText> {
  if (name === undefined) return TEMPLATE;
  const params = { path: { calendar: name } };
  const [{ yaml }, tag] = await takeTagged(api.GET("/api/v1/calendars/{calendar}/document", { params, signal }));
  return { yaml, tag };
}

export function CalendarForm({ name, onClose }: CalendarFormProps) {
  const loaded = useLive((signal) => load(name, signal), () => false, [name]);
  return (
    <Dialog title={name === undefined ? "New calendar" : `Edit ${name}`} wide onClose={onClose}>
      <Show loaded={loaded}>{(found) => <Fields name={name} found={found} onClose={onClose} />}</Show>
    </Dialog>
  );
}

function Fields({ name, found, onClose }: CalendarFormProps & { found: CalendarText }) {
  const [text, setText] = useState(found.yaml);
  const [tag, setTag] = useState(found.tag);

  async function save(): Promise<void> {
    const calendar = name ?? idOf(text) ?? "";
    const params = { path: { calendar }, header: tag ? { "if-match": tag } : {} };
    try {
      const done = await take(api.PUT("/api/v1/calendars/{calendar}/document", { params, body: { yaml: text } }));
      const days = done.changed_days.length;
      say(
        done.result === "changed" && days > 0
          ? `Saved ${calendar}: ${days === 1 ? "1 day to come changes" : `${days} days to come change`}.`
          : `Calendar ${calendar}: ${done.result}.`,
      );
      for (const warning of done.warnings) say(warning);
      onClose(calendar);
    } catch (error) {
      if (name === undefined && outdated(error)) throw new Error(`Calendar ${calendar} already exists; choose another ID.`);
      throw error;
    }
  }

  const refetch = name === undefined ? undefined : async () => setTag((await load(name, new AbortController().signal)).tag);
  return (
    <Form action={name === undefined ? "Create calendar" : "Save"} onSubmit={save} refetch={refetch}>
      <TextField
        label="Definition"
        value={text}
        onInput={setText}
        rows={16}
        mono
        required
        autofocus
        hint="YAML: weekend, holidays, ics, closed and open. What is listed later wins."
      />
    </Form>
  );
}
