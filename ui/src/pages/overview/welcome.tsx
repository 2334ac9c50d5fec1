/** For a home without workflows: the way to the first one. */

import { Icon } from "../../components/icons";
import { Section } from "../../components/layout";
import { lazy } from "../../components/lazy";
import { can } from "../../session";

const NewWorkflow = lazy(() => import("../workflows/new-workflow").then((page) => page.NewWorkflow));

/** The dialog is the page's: it stays when somebody else creates the first workflow meanwhile. */
export function Welcome({ creating, onCreating }: { creating: boolean; onCreating: (open: boolean) => void }) {
  return (
    <Section title="Welcome" class="welcome">
      <div class="body">
        <p>
          There is no workflow yet. A workflow is a list of tasks, your scripts, that run one after another; each counts as
          done when its exit code and its output files say so.
        </p>
        <div class="row">
          {can("author") && (
            <button class="primary" onClick={() => onCreating(true)}>
              <Icon name="plus" /> Create the first workflow
            </button>
          )}
          <span class="faint">
            Or type <code>scheduler demo</code>: it backs up a real database, in half a minute.
          </span>
        </div>
      </div>
      {creating && <NewWorkflow onClose={() => onCreating(false)} />}
    </Section>
  );
}
