/** A page that is loaded when it is first shown. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../api/client";
import { Loading, ProblemBox } from "./layout";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let found: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [, setState] = useState(0);
    const [problem, setProblem] = useState<Problem>();
    useEffect(() => {
      if (found) return;
      load().then(
        (component) => {
          found = component;
          setState(1);
        },
        // After an upgrade the parts have other names: only a fresh page knows them.
        () => setProblem(new Problem(0, "A part of the page could not be loaded; load the page again.")),
      );
    }, []);
    if (problem) return <ProblemBox problem={problem} again={() => location.reload()} />;
    const Found = found;
    return Found ? <Found {...props} /> : <Loading />;
  };
}
