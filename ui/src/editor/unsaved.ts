/** Leaving with a text that is not saved asks first: within the web interface, and where the browser closes it. */

import { confirm } from "../parts/dialog";
import { useUnsaved } from "../parts/unsaved";

const ask = () => confirm("Leave without saving?", "What you wrote is not saved and would be lost.", "Leave");

/** Returns what ends the guard before the next drawing. */
export function useGuard(unsaved: boolean): () => void {
  return useUnsaved(() => unsaved, ask);
}
