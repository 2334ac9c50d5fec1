/** A dialog over the page, and the question that stands before what cannot be taken back easily. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Icon } from "./icons";

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

/** Open for as long as it is there. The browser keeps the focus in it, and closes it by Escape. */
export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog ref={element} class={wide ? "wide" : undefined} aria-label={title} onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <button class="plain" aria-label="Close" onClick={() => element.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {children}
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
    <Dialog title={asked.title} onClose={() => answer(false)}>
      <div class="words">{asked.words}</div>
      <footer>
        <button onClick={() => answer(false)}>Keep it as it is</button>
        <button class="danger" onClick={() => answer(true)}>
          {asked.action}
        </button>
      </footer>
    </Dialog>
  );
}
