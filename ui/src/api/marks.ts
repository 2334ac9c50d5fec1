/** Whether what was loaded before the event stream opened is still what is there: both say the mark of the database. */

let opened: string | undefined;
let stale: () => void = () => undefined;
const seen = new Set<string | null>();

/** A request is sent: returns what takes the mark of its answer. */
export function asking(): (mark: string | null) => void {
  const before = opened;
  return (mark) => {
    if (before !== undefined) return;
    if (opened === undefined) seen.add(mark);
    else if (mark !== opened) stale();
  };
}

/** The stream opened at this mark: true if all that was answered until now is of the same. `then` is called if what is still
 *  being answered turns out to be older. */
export function isCurrent(mark: string | undefined, then: () => void): boolean {
  const first = opened === undefined && mark !== undefined;
  opened = mark ?? "";
  stale = then;
  return first && [...seen].every((one) => one === mark);
}
