/** The pages whose code comes when it is needed, and what is begun before it is there: the address says at once what it will be. */

import { askAhead } from "./api/prefetch";
import { lazy } from "./components/lazy";
import { place } from "./router";

export const Workflows = lazy(() => import("./pages/workflows/workflows").then((page) => page.Workflows));
export const Workflow = lazy(() => import("./pages/workflow/workflow").then((page) => page.Workflow));
export const Runs = lazy(() => import("./pages/runs/runs").then((page) => page.Runs));
export const Run = lazy(() => import("./pages/run/run").then((page) => page.Run));
export const Schedules = lazy(() => import("./pages/schedules/schedules").then((page) => page.Schedules));
export const Backfills = lazy(() => import("./pages/backfills/backfills").then((page) => page.Backfills));
export const Machines = lazy(() => import("./pages/machines/machines").then((page) => page.Machines));
export const Health = lazy(() => import("./pages/health/health").then((page) => page.Health));
export const Report = lazy(() => import("./pages/report/report").then((page) => page.Report));
export const People = lazy(() => import("./pages/access/access").then((page) => page.People));

/** What is loaded for the first part of an address; the second is for where it names one thing. */
const ROOMS: Record<string, { ahead: () => void }[]> = {
  workflows: [Workflows, Workflow],
  runs: [Runs, Run],
  backfills: [Backfills, Backfills],
  schedules: [Schedules, Schedules],
  machines: [Machines, Machines],
  health: [Health, Health],
  report: [Report, Report],
  people: [People, People],
};

/** Load the code for the address, while it is asked who is signed in. */
export function loadAhead(): void {
  const [room = "", id] = place.peek().parts;
  ROOMS[room]?.[id ? 1 : 0]?.ahead();
}

/** Ask for what the address names, while its code is loaded. */
export function askFirst(): void {
  const [room = "", id] = place.peek().parts;
  if (id && (room === "workflows" || room === "runs")) askAhead(`/api/v1/${room}/${encodeURIComponent(id)}`);
}
