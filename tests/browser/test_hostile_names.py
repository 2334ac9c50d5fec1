"""Names that are long, have no place to break, are written from the right, or are wide: nothing lies outside, nothing overlaps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from browser.test_pages import settled

expect = pytest.importorskip("playwright.sync_api").expect

LONG = "w" * 100
TASK = "a_task_whose_name_has_no_place_to_break_" + "m" * 60
SCHEDULE = "s" * 100
TEXT = "اسم طويل من اليمين \u202e" + "漢字" * 30 + " 👩‍👩‍👧‍👦🏳️‍🌈" * 10 + " " + "M" * 120
LABELS = ["L" * 60, "漢" * 30, "مرحبا" * 8]

PAGES = (
    "#/",
    "#/workflows",
    f"#/workflows?label={'L' * 60}",
    f"#/workflows/{LONG}",
    f"#/workflows/{LONG}/tasks",
    f"#/workflows/{LONG}/schedules",
    f"#/workflows/{LONG}/runs",
    f"#/workflows/{LONG}/versions",
    f"#/workflows/{LONG}/edit",
    "#/runs",
    f"#/runs?schedule={SCHEDULE}",
    "#/runs/{run}",
    "#/schedules",
    "#/schedules/calendar?span=day",
    "#/schedules/calendar?span=week",
    "#/schedules/calendar?span=month",
    "#/schedules/simulate",
    "#/health",
    "#/health/log",
    "#/people",
    "#/people/tokens",
    "#/people/hooks",
    "#/people/audit",
)

MEASURE = r"""() => {
  const faults = [];
  const scrolls = (e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
  const hides = (e) => getComputedStyle(e).overflowX !== "visible";
  const inside = (e, test) => { for (let up = e; up && up !== document.body; up = up.parentElement) if (test(up)) return up; return null; };
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const skip = (e) => e.closest(".unseen, svg, .cm-editor, .skip, .editor, [aria-hidden=true], thead");
  for (const e of document.querySelectorAll("main *, nav a, dialog *")) {
    if (skip(e) && !e.closest("button")) continue;
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height || inside(e.parentElement, scrolls)) continue;
    if (box.right > wide + 1 || box.left < -1) faults.push(`outside: ${e.tagName}.${e.className} ${Math.round(box.left)}-${Math.round(box.right)} ${e.textContent.slice(0, 30)}`);
  }
  for (const e of document.querySelectorAll("main .card, main .table")) {
    if (e.scrollWidth > e.clientWidth + 1) faults.push(`cut off: ${e.className} ${e.scrollWidth} in ${e.clientWidth} px ${e.textContent.slice(0, 30)}`);
  }
  // What is seen of each text: its lines, as far as nothing around it cuts them off.
  const seen = [];
  const root = document.querySelector("dialog[open]") ?? document.querySelector("main");
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text; text = walk.nextNode()) {
    const e = text.parentElement;
    if (!text.data.trim() || (skip(e) && !e.closest("th")) || e.closest(".unseen, option, .axis, .journal, .output") || !e.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const line of range.getClientRects()) {
      let [left, right, top, bottom] = [line.left, line.right, line.top + 3, line.bottom - 3];
      for (let up = e; up && up !== document.body; up = up.parentElement) {
        if (!hides(up)) continue;
        const box = up.getBoundingClientRect();
        [left, right, top, bottom] = [Math.max(left, box.left), Math.min(right, box.right), Math.max(top, box.top), Math.min(bottom, box.bottom)];
      }
      // What is scrolled under a bar that stays in its place is not seen.
      for (const bar of root.querySelectorAll("header, .foot")) {
        if (bar.contains(e) || getComputedStyle(bar).position !== "sticky") continue;
        const box = bar.getBoundingClientRect();
        [top, bottom] = bar.tagName === "HEADER" ? [Math.max(top, box.bottom), bottom] : [top, Math.min(bottom, box.top)];
      }
      if (right - left > 2 && bottom - top > 2) seen.push({ text, left, right, top, bottom });
    }
  }
  seen.sort((a, b) => a.top - b.top);
  for (let i = 0; i < seen.length; i++) for (let j = i + 1; j < seen.length && seen[j].top < seen[i].bottom; j++) {
    const [a, b] = [seen[i], seen[j]];
    if (a.text === b.text || Math.min(a.right, b.right) - Math.max(a.left, b.left) < 2) continue;
    faults.push(`overlap: ${a.text.data.slice(0, 30)} | ${b.text.data.slice(0, 30)}`);
  }
  return [...new Set(faults)].slice(0, 6);
}"""
"""What lies outside of the window, and what lies over something else."""


@pytest.fixture
def hostile(home: Any) -> Any:
    tasks = [
        {"id": TASK, "command": "echo", "args": [TEXT]},
        {"id": "t2", "command": "false" + "f" * 90, "retry": {"limit": 3}, "timeout": "10m", "output_files": "o" * 120},
    ]
    schedules = [{"id": SCHEDULE, "cron": "0 1 * * mon-fri", "timezone": "America/Argentina/ComodRivadavia"}]
    document = {"id": LONG, "description": TEXT, "labels": LABELS, "tasks": tasks, "schedules": schedules}
    home("workflow", "apply", "-", text=json.dumps(document))
    home("run", LONG, code=1)
    home("user", "add", "u" * 60, "--role", "viewer", "--password-stdin", text="correct horse battery\n")
    home("token", "add", "t" * 60, "--role", "viewer", "--days", "3")
    home("hook", "add", LONG)
    home("backup")
    return home


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_nothing_lies_outside_and_nothing_overlaps(hostile, sign_in, width: int) -> None:
    page = sign_in(viewport={"width": width, "height": 900})
    run = hostile.json("runs", "list")[0]["id"]
    faults: dict[str, list[str]] = {}
    for address in PAGES:
        page.goto(f"{hostile.address}/{address.format(run=run)}")
        settled(page)
        if found := page.evaluate(MEASURE):
            faults[address[:30]] = found
    for address, button in ((f"#/workflows/{LONG}/tasks", f"Edit {TASK}"), ("#/people", f"Delete {'u' * 60}")):
        page.goto(f"{hostile.address}/{address}")
        settled(page)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        if found := page.evaluate(MEASURE):
            faults[f"dialog of {address[:20]}"] = found
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert faults == {}, json.dumps(faults, indent=1, ensure_ascii=False)
