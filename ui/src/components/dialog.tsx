/** A dialog over the page, and the question that stands before what cannot be taken back easily. */

import { signal } from "@preact/signals";
import { createContext, type ComponentChildren } from "preact";
import { useContext, useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { place } from "../router";
import { Icon } from "./icons";
import { contentOf, useUnsaved } from "./unsaved";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  /** It belongs to no address, asks nothing before it closes, and has nothing that would be lost. */
  stays?: boolean;
  children: ComponentChildren;
}

/** Close the dialog around: after a question, if something in it would be lost. */
const Closing = createContext<() => Promise<void>>(async () => undefined);
export const useClosing = () => useContext(Closing);

/** Open for as long as it is there. The browser keeps the focus in it. What was typed in it is not lost without a question. */
export function Dialog({ title, onClose, wide, stays, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  // What it said before somebody did something in it: only then may it be another.
  const first = useRef<string | undefined>(undefined);
  const asking = useRef(false);
  const over = useRef(false);
  const begin = () => {
    if (element.current) first.current ??= contentOf(element.current);
  };
  const unsaved = () =>
    !stays && first.current !== undefined && element.current !== null && contentOf(element.current) !== first.current;
  const ask = () => confirm("Discard your changes?", "They are not saved.", "Discard");
  const release = useUnsaved(unsaved, ask);

  async function close(): Promise<void> {
    if (asking.current || over.current) return;
    asking.current = true;
    const yes = !unsaved() || (await ask());
    asking.current = false;
    if (!yes) return;
    over.current = true;
    release();
    // Closed, and not only taken away: the browser gives the focus back.
    element.current?.close();
    onClose();
  }

  useLayoutEffect(() => {
    const dialog = element.current;
    return () => {
      over.current = true;
      dialog?.close();
    };
  }, []);
  useEffect(() => {
    element.current?.showModal();
    if (stays) return undefined;
    // It belongs to the page below it.
    const address = place.peek();
    return place.subscribe((now) => now !== address && onClose());
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : undefined}
      aria-label={title}
      onKeyDownCapture={begin}
      onPointerDownCapture={begin}
      onBeforeInputCapture={begin}
      onCancel={(event) => {
        if (event.target !== element.current) return;
        event.preventDefault();
        void close();
      }}
      // The browser closes at the second Escape whatever the first was answered.
      onClose={(event) => {
        if (event.target !== element.current) return;
        if (over.current) return;
        if (unsaved()) element.current?.showModal();
        void close();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={() => void close()}>
          <Icon name="close" />
        </button>
      </header>
      <Closing.Provider value={close}>{children}</Closing.Provider>
    </dialog>
  );
}

interface Question {
  title: string;
  words: ComponentChildren;
  action: string;
  answer: (yes: boolean) => void;
}

const question = signal<Question | null>(null);

/** Ask, and wait for the answer. `action` is what the button says that means yes. */
export function confirm(title: string, words: ComponentChildren, action: string): Promise<boolean> {
  return new Promise((answer) => {
    question.value = { title, words, action, answer };
  });
}

export function Questions() {
  const asked = question.value;
  if (!asked) return null;
  const answer = (yes: boolean) => {
    question.value = null;
    asked.answer(yes);
  };
  return (
    <Dialog title={asked.title} onClose={() => answer(false)} stays>
      <div class="words">{asked.words}</div>
      <footer>
        <button onClick={() => answer(false)}>Go back</button>
        <button class="danger" onClick={() => answer(true)}>
          {asked.action}
        </button>
      </footer>
    </Dialog>
  );
}
