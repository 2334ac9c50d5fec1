/** One stream of server-sent events, opened again whenever it breaks off. For the worker, and for browsers without one. */

/** What the API tells of: see `GET /api/v1/events`. */
export interface Happening {
  kind: string;
  seq?: number;
  at?: string;
  workflow_id?: string;
  run_id?: string;
  task_id?: string;
  attempt?: number;
  schedule_id?: string;
  reason?: string;
}

/** `refused`: the server answered, and gives no stream. `mark`: see `marks.ts`. */
export type News = { link: "live" | "lost"; refused?: boolean; mark?: string } | { happenings: Happening[] };

const PAUSE = 2000;
/** What is not in the stream was missed: all is loaded again. The server says it as well. */
export const RESET: Happening = { kind: "stream.reset" };

/** What the server says first. */
const OPENED = "stream.opened";

/** Tell what happens, in batches of what comes within one turn; returns what ends it. */
export function openSource(tell: (news: News) => void, path = "/api/v1/events"): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: Happening[] = [];

  function flush(): void {
    tell({ happenings: waiting });
    waiting = [];
  }

  function open(): void {
    source = new EventSource(path);
    source.onmessage = (event) => {
      const happening: Happening & { mark?: string } = JSON.parse(event.data);
      if (happening.kind === OPENED) tell({ link: "live", mark: happening.mark });
      else if (waiting.push(happening) === 1) setTimeout(flush, 0);
    };
    source.onerror = () => {
      const refused = source?.readyState === EventSource.CLOSED;
      tell({ link: "lost", refused });
      if (refused) timer = setTimeout(open, PAUSE);
    };
  }

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
