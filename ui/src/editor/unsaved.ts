/** Leaving with a text that is not saved asks first: within the page, and where the browser closes it. */

import { useEffect } from "preact/hooks";

import { confirm } from "../parts/dialog";
import { guardLeaving } from "../router";

/** Returns what ends the guard before the next drawing. */
export function useGuard(unsaved: boolean): () => void {
  useEffect(() => {
    if (!unsaved) return undefined;
    guardLeaving(() => confirm("Leave without saving?", "What you wrote is not saved and would be lost.", "Leave"));
    const closing = (event: Event) => event.preventDefault();
    addEventListener("beforeunload", closing);
    return () => {
      guardLeaving(null);
      removeEventListener("beforeunload", closing);
    };
  }, [unsaved]);
  return () => guardLeaving(null);
}
