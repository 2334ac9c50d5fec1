/** The button that asks why; the dialog with the answer is loaded when it is first opened. */

import { useState } from "preact/hooks";

import type { Asked } from "./explanation";
import { Icon } from "./icons";
import { lazy } from "./lazy";

const Explanation = lazy(() => import("./explanation").then((part) => part.Explanation));

/** `about`: what a screen reader hears of it. `open`: from the beginning, since the address asks. */
export function WhyButton({ asked, about, open = false, onClose }: { asked: Asked; about: string; open?: boolean; onClose?: () => void }) {
  const [shown, setShown] = useState(open);
  const close = () => {
    setShown(false);
    onClose?.();
  };
  return (
    <>
      <button class="plain why" aria-label={`Why? ${about}`} aria-haspopup="dialog" onClick={() => setShown(true)} onPointerEnter={Explanation.ahead}>
        <Icon name="help" /> Why?
      </button>
      {shown && <Explanation asked={asked} onClose={close} />}
    </>
  );
}
