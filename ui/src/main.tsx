import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";

import { render } from "preact";

import { App } from "./app";
import { begin } from "./session";

const page = document.getElementById("page");
if (page) {
  render(<App />, page);
  void begin();
}
