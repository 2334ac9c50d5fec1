"""The button that asks why: on a run, its task, a schedule, and a fire that was skipped."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

LOOKS = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
]


@pytest.fixture
def failed(home: Any) -> str:
    """The ID of a run whose first task failed, and which another waits for."""
    tasks = [
        {"id": "load", "command": sys.executable, "args": ["-c", "raise SystemExit(3)"]},
        {"id": "tell", "command": "echo", "depends_on": ["load"]},
    ]
    home("workflow", "apply", "-", text=json.dumps({"id": "load-orders", "tasks": tasks}))
    return str(json.loads(home("run", "load-orders", "--json", code=1).stdout)["id"])


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "phone"])
def test_why_a_run_failed(sign_in, home, failed, axe, look) -> None:
    page = sign_in(**look)
    page.goto(f"{home.address}/#/runs/{failed}")
    page.get_by_role("button", name=f"Why? Run {failed}").click()
    dialog = page.get_by_role("dialog", name="Why?")
    expect(dialog.get_by_role("status")).to_contain_text("failed: task load: exit code 3 (expected 0).")
    expect(dialog.get_by_role("listitem").filter(has_text="Tasks")).to_contain_text("task load failed")
    expect(dialog.get_by_role("link", name="Retry the run")).to_be_visible()
    assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert axe(page) == []
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=str(Path(folder) / f"why-{look['color_scheme']}-{len(look)}.png"))


def test_by_keyboard_why_a_task_was_skipped(page, home, failed) -> None:
    page.goto(f"{home.address}/#/runs/{failed}/tell")
    button = page.get_by_role("button", name="Why? Task tell")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Why?")
    expect(dialog.get_by_role("status")).to_contain_text("was skipped: load failed.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_why_a_schedule_does_not_run(page, home, failed) -> None:
    home("schedule", "add", "load-orders", "--every", "1h", "--id", "s")
    home("schedule", "pause", "s")
    page.goto(f"{home.address}/#/workflows/load-orders/schedules")
    page.get_by_role("button", name="Why? Schedule s").click()
    dialog = page.get_by_role("dialog", name="Why?")
    expect(dialog.get_by_role("status")).to_contain_text("the schedule is paused: paused since ")


def test_the_address_of_a_fire_without_a_run_asks_why(page, home, failed) -> None:
    home("schedule", "add", "load-orders", "--cron", "0 6 * * *", "--id", "s")
    missed = datetime.now(UTC).replace(hour=6, minute=30, second=0, microsecond=0) - timedelta(days=1)
    page.goto(f"{home.address}/#/workflows/load-orders/schedules?why=s+{missed:%Y-%m-%dT%H:%M:%SZ}")
    dialog = page.get_by_role("dialog", name="Why?")
    expect(dialog.get_by_role("status")).to_contain_text("minute 30 is not in 0")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/schedules$"))
