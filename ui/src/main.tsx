import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";

import { effect } from "@preact/signals";
import { render } from "preact";

import { App } from "./app";
import { keepPlaces } from "./parts/arrival";
import { askFirst, loadAhead } from "./rooms";
import { begin, session } from "./session";

const page = document.getElementById("page");
if (page) {
  keepPlaces();
  void begin();
  loadAhead();
  effect(() => {
    if (session.value) askFirst();
  });
  render(<App />, page);
}
