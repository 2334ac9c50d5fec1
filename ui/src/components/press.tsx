/** A button that does something: one press, one deed. It is busy until it is done, and keeps the focus meanwhile. */

import type { ButtonHTMLAttributes } from "preact";
import { useRef, useState } from "preact/hooks";

interface PressProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "onClick"> {
  act: () => Promise<unknown>;
  /** Written into the page for `keyboard.tsx`: the key, and what is asked before the key presses the button. */
  "data-key"?: string;
  "data-ask"?: string;
}

export function Press({ act, children, type = "button", ...rest }: PressProps) {
  const [busy, setBusy] = useState(false);
  const under = useRef(false);

  async function press(event: MouseEvent): Promise<void> {
    // The second click of a double click means what the first meant, and may meet another button by now.
    if (under.current || event.detail > 1) return;
    under.current = true;
    setBusy(true);
    try {
      await act();
    } finally {
      under.current = false;
      setBusy(false);
    }
  }

  return (
    <button
      {...rest}
      type={type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => void press(event)}
      // A key that is held down is pressed once.
      onKeyDown={(event) => event.repeat && (event.key === "Enter" || event.key === " ") && event.preventDefault()}
    >
      {children}
    </button>
  );
}
