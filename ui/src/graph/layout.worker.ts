/** Lays graphs out beside the page, which stays responsive meanwhile. */

import { planGraph } from "./layered";
import type { Plan, Waits } from "./plan";

export interface Wanted {
  key: number;
  graph: Waits;
  box: Plan["box"];
}

addEventListener("message", ({ data }: MessageEvent<Wanted>) => {
  postMessage({ key: data.key, plan: planGraph(data.graph, data.box) });
});
