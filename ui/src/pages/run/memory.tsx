/** What is remembered of the same failure, and a note for when it happens again. */

import { useState } from "preact/hooks";

import { api, type Shapes } from "../../api/client";
import { TextField } from "../../components/fields";
import { attempt } from "../../components/notices";
import { can } from "../../session";

interface MemoryProps {
  run: string;
  task: string;
  memory: Shapes["MemoryAnswer"] | null | undefined;
  /** Whether a note can be left: one is about the first task that failed. */
  first: boolean;
}

export function Memory({ run, task, memory, first }: MemoryProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [saved, setSaved] = useState("");
  if (!memory) return null;
  const save = async () => {
    const body = { text: text.trim() };
    await attempt(() => api.POST("/api/v1/runs/{run}/notes", { params: { path: { run } }, body }), "The note is shown whenever this failure happens.");
    setSaved(body.text);
    setText("");
    setOpen(false);
  };
  return (
    <div class="memory">
      {memory.sentence && <p class="sentence calm">{task}: {memory.sentence}</p>}
      {saved && <p class="sentence calm">Noted: {saved}</p>}
      {first && can("operator") && (open ? (
        <form
          class="row"
          aria-label="Note about this failure"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) void save();
          }}
        >
          <TextField label="Note" value={text} onInput={setText} hint="Shown whenever this failure happens." />
          <button class="primary">Save</button>
        </form>
      ) : (
        <p class="row"><button onClick={() => setOpen(true)}>Leave a note</button></p>
      ))}
    </div>
  );
}
