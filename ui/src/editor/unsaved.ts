/** Leaving with a text that is not saved asks first: within the web interface, and where the browser closes it. */

import { confirm } from "../components/dialog";
import { useUnsaved } from "../components/unsaved";

const ask = () => confirm("Leave without saving?", "Your changes are not saved and will be lost.", "Leave");

/** Returns what ends the guard before the next drawing. */
export function useGuard(unsaved: boolean): () => void {
  return useUnsaved(() => unsaved, ask);
}
