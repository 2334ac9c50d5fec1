/** What time it is for the server, whatever the clock of this machine says: its answers carry their time. */

/** Below this the difference is the way of the answer and the whole seconds of its header, not the clock. */
const NOTICED = 2500;
/** An answer that took longer says too little of when it was given. */
const SLOW = 5000;

let offset = 0;

/** Milliseconds since 1970 for the server. */
export const serverNow = () => Date.now() + offset;

/** An answer said its time; `asked` and `answered` are readings of `performance.now()`. */
export function heardAt(date: string | null, asked: number, answered: number): void {
  const said = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(said) || answered - asked > SLOW) return;
  // The header has whole seconds, cut off: half a second later is nearest.
  const difference = said + 500 + (answered - asked) / 2 - Date.now();
  if (Math.abs(difference - offset) < NOTICED) return;
  offset = Math.abs(difference) < NOTICED ? 0 : difference;
}
