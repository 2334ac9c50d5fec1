/** A page that is loaded when it is first shown, or when it is known that it will be. */

import type { ComponentType } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

import { Problem } from "../api/client";
import { Loading, ProblemBox } from "./layout";

/** `ahead` begins to load it. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>) {
  let found: ComponentType<P> | undefined;
  let loading: Promise<void> | undefined;
  const start = () => (loading ??= load().then((component) => void (found = component)));

  function Later(props: P) {
    const [, setState] = useState(0);
    const [problem, setProblem] = useState<Problem>();
    // Not after the paint: whatever the page asks for would be asked a frame later.
    useLayoutEffect(() => {
      if (found) return;
      start().then(
        () => setState(1),
        // After an upgrade the parts have other names: only a fresh page knows them.
        () => setProblem(new Problem(0, "Part of this page could not be loaded. Reload the page.")),
      );
    }, []);
    if (problem) return <ProblemBox problem={problem} again={() => location.reload()} />;
    const Found = found;
    return Found ? <Found {...props} /> : <Loading />;
  }

  // What cannot be loaded is said where it is shown.
  const ahead = () => void start().catch(() => undefined);
  return Object.assign(Later, { ahead });
}
