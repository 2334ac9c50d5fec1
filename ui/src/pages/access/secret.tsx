/** What is shown once and never again. */

import { Dialog } from "../../components/dialog";
import { Icon } from "../../components/icons";
import { say } from "../../components/notices";

export function Secret({ title, secret, words, onClose }: { title: string; secret: string; words: string; onClose: () => void }) {
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(secret);
    say("Copied.");
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="words stack">
        <p>{words}</p>
        <p class="secret">
          <code>{secret}</code>
          <button aria-label="Copy" onClick={() => void copy()}>
            <Icon name="copy" />
          </button>
        </p>
        <p class="faint">Copy it now: it is shown only once.</p>
      </div>
    </Dialog>
  );
}
