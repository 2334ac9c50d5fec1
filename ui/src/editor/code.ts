/** CodeMirror for definitions. It stands in a shadow tree, where its styles are objects and not elements that the page's policy forbids. */

import { autocompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { yaml } from "@codemirror/lang-yaml";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec, type Text } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { basicSetup } from "codemirror";

import type { Place } from "../api/client";
import { optionsAt, type Schema } from "./completion";
import { look } from "./theme";
import { placeAt } from "./yaml-place";

interface CodeOptions {
  text: string;
  label: string;
  schema: () => Schema | undefined;
  onChange: (text: string) => void;
  onSave: () => void;
}

export interface Code {
  show: (errors: Place[]) => void;
  /** Put another text in, as an edit that can be undone. */
  replace: (text: string) => void;
  goTo: (error: Place) => void;
  end: () => void;
}

export function openCode(host: HTMLElement, { text, label, schema, onChange, onSave }: CodeOptions): Code {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const save = () => {
    onSave();
    return true;
  };
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-s", run: save, preventDefault: true }])),
        basicSetup,
        yaml(),
        look,
        autocompletion({
          icons: false,
          override: [(context) => complete(context, schema())],
          activateOnCompletion: (option) => option.type === "property",
        }),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    show: (errors) => view.dispatch(setDiagnostics(view.state, errors.map((error) => diagnosticOf(view.state.doc, error)))),
    replace: (wanted) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: wanted } }),
    goTo: (error) => {
      const { from } = rangeOf(view.state.doc, error);
      view.focus();
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    },
    end: () => view.destroy(),
  };
}

const zones = () => Intl.supportedValuesOf("timeZone");

function complete(context: CompletionContext, schema: Schema | undefined): CompletionResult | null {
  const text = context.state.doc.toString();
  const place = schema && placeAt(text, context.pos);
  if (!place) return null;
  const typed = context.pos > place.from;
  if (!typed && !context.explicit && place.key === null) return null;
  const options = optionsAt(place, schema, text, zones());
  return options.length ? { from: place.from, options, validFor: /^[\w./+-]*$/ } : null;
}

/** From the place to the end of the word there; at the end of a line, the character before it. */
function rangeOf(doc: Text, { line = 1, column = 1 }: Place): { from: number; to: number } {
  const found = doc.line(Math.max(1, Math.min(line, doc.lines)));
  const from = Math.min(found.from + Math.max(0, column - 1), found.to);
  const word = /^[^\s:,\]}]+/.exec(doc.sliceString(from, found.to))?.[0].length ?? 0;
  return word > 0 ? { from, to: from + word } : { from: Math.max(found.from, from - 1), to: Math.min(found.to, from + 1) };
}

function diagnosticOf(doc: Text, error: Place): Diagnostic {
  return { ...rangeOf(doc, error), severity: "error", message: error.message };
}
