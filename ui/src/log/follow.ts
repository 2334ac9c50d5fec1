/** Follow the end of an output while somebody may still write to it. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import type { Source } from "./source";

const PAUSE = 1000;
/** Who is further behind than this starts again at the end. */
const FAR = 512 * 1024;
const MOST_STEPS = 8;

/** Read up to the end of the file as it is now. */
export async function catchUp(reader: Source): Promise<void> {
  const view = reader.view.value;
  if (!view || view.size - view.end > FAR) return reader.tail();
  for (let step = 0; step < MOST_STEPS; step++) {
    const before = reader.view.value;
    await reader.later();
    const after = reader.view.value;
    if (!after || after === before || reader.atEnd) return undefined;
    if (after.size - after.end > FAR) return reader.tail();
  }
  return undefined;
}

/** Whether the end is followed, and the switch of it. It is, until somebody scrolls up. */
export function useFollow(reader: Source, running: boolean): [boolean, (following: boolean) => void] {
  const [following, setFollowing] = useState(true);
  useEffect(() => () => reader.close(), [reader]);
  useLayoutEffect(() => {
    if (!reader.empty) void catchUp(reader);
    // What the last lines were is known only after the end: `running` changes then, and this is done once more.
    if (!running || !following) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void catchUp(reader);
    }, PAUSE);
    return () => clearInterval(timer);
  }, [reader, running, following]);
  return [following, setFollowing];
}
