"""What is late: on the overview, on the page of its workflow and of its run; and the fields of a deadline."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

expect = pytest.importorskip("playwright.sync_api").expect

DEFINITION = "id: nightly\ndeadlines: {longer_than: usual}\ntasks: [{id: dump, command: echo}]\n"
SENTENCE = "nightly of today had not succeeded by 06:00: no run was started for it."


@pytest.fixture
def late(home: Any) -> None:
    home("workflow", "apply", "-", text=DEFINITION)
    due = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S.000000")
    names = "kind, state, workflow_id, schedule_id, nominal_utc, task_id, due_utc, timezone, count, reason"
    with sqlite3.connect(home.home / "jobs.sqlite", timeout=PATIENCE) as database:
        values = ("finish_by", "missed", "nightly", "night", due, "", due, "UTC", 1, SENTENCE)
        database.execute(f"INSERT INTO deadlines ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    database.close()


@pytest.mark.parametrize(
    "look", [{"color_scheme": "light"}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}]
)
def test_what_is_late_is_on_the_overview_and_on_its_workflow(sign_in, home, late, axe, look) -> None:
    page = sign_in(**look)
    for path in ("", "workflows/nightly"):
        page.goto(f"{home.address}/#/{path}")
        listed = page.get_by_role("listitem").filter(has_text=SENTENCE)
        expect(listed).to_have_count(1)
        expect(listed.get_by_title("late", exact=True)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert axe(page) == []
        if folder := os.environ.get("LOOK"):
            page.screenshot(path=str(Path(folder) / f"late-{look['color_scheme']}-{len(path)}.png"))


def test_a_run_shows_its_deadlines(page, home, late, until) -> None:
    home("run", "nightly", "--id", "by-hand")
    until(lambda: home.json("runs", "show", "by-hand")["deadlines"])
    page.goto(f"{home.address}/#/runs/by-hand")
    expect(page.locator(".run-facts")).to_contain_text("Longer than")
    expect(page.locator(".run-facts")).to_contain_text("learning (0 of 8)")


def test_a_task_gets_a_deadline_in_its_form(page, home, late) -> None:
    page.goto(f"{home.address}/#/workflows/nightly/tasks")
    page.get_by_role("button", name="Edit dump").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("More: order, limits, environment").click()
    dialog.get_by_label("Finish by").fill("6:30")
    dialog.get_by_label("Shorter than").fill("usual")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    assert home.json("task", "show", "nightly", "dump")["deadlines"] == {"finish_by": "06:30", "shorter_than": "usual"}
