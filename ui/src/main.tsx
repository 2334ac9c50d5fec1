import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";

import { effect } from "@preact/signals";
import { render } from "preact";

import { App } from "./app";
import { keepPlaces } from "./components/arrival";
import { askFirst, loadAhead } from "./lazy-pages";
import { begin, session } from "./session";

const page = document.getElementById("page");
if (page) {
  keepPlaces();
  void begin();
  loadAhead();
  let asked = false;
  effect(() => {
    // Once: after signing in again an answer that was asked for ahead would be older than what is done then.
    if (session.value && !asked) askFirst();
    asked ||= Boolean(session.value);
  });
  render(<App />, page);
}
