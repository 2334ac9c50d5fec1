"""A run that failed is done again with changes: from its page, with the definition that it had, whatever was saved meanwhile."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from browsing import write

expect = pytest.importorskip("playwright.sync_api").expect

LOAD = """
import sys
print("loading", sys.argv[1], flush=True)
if sys.argv[1] != "orders.csv":
    sys.exit(f"no such file: {sys.argv[1]}")
"""
TEXT = f"""id: nightly
description: {{description}}
tasks:
  - id: load
    command: {sys.executable}
    args: load.py {{file}}
"""
SCHEDULES = """schedules:
  - {id: at_night, cron: 0 1 * * *, timezone: Europe/Berlin}
"""


def text(file: str, description: str = "as it was") -> str:
    return TEXT.format(file=file, description=description)


@pytest.fixture
def failed(home: Any) -> str:
    """A run of version 1 that failed."""
    (home.home / "load.py").write_text(LOAD)
    home("workflow", "apply", "-", text=text("order.csv") + SCHEDULES)
    home("run", "nightly", code=1)
    return str(home.json("runs", "list")[0]["id"])


def again(page: Any, home: Any, run: str) -> None:
    page.goto(f"{home.address}/#/runs/{run}")
    expect(page.locator(".head .state")).to_have_text("failed")
    page.get_by_role("link", name="Run again with changes").click()
    expect(page.locator(".cm-content")).to_contain_text("order.csv")


def succeeded(page: Any, version: int) -> None:
    expect(page.locator(".head .state")).to_have_text("succeeded")
    expect(page.get_by_role("link", name=f"version {version}")).to_be_visible()
    expect(page.locator(".output")).to_contain_text("loading orders.csv")


def test_what_failed_is_changed_and_runs(page, home, failed) -> None:
    again(page, home, failed)
    expect(page.get_by_text("This is the text of version 1. It does not include schedules")).to_be_visible()
    expect(page.get_by_text("unsaved")).to_have_count(0)
    # Nothing was changed, so nobody is asked.
    page.get_by_role("link", name="Runs", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Runs")

    again(page, home, failed)
    write(page, text("orders.csv"))
    expect(page.get_by_role("region", name="Preview of the changes")).to_contain_text("orders.csv")
    expect(page.get_by_text("unsaved")).to_be_visible()
    page.get_by_role("button", name="Save and run").click()
    succeeded(page, 2)
    assert [run["state"] for run in home.json("runs", "list")] == ["succeeded", "failed"]
    assert [schedule["id"] for schedule in home.json("schedule", "list")] == ["at_night"]


def test_what_others_saved_meanwhile_is_shown_before_it_is_taken_back(page, home, failed) -> None:
    home("workflow", "apply", "-", text=text("order.csv", "what somebody wrote") + SCHEDULES)
    again(page, home, failed)
    expect(page.get_by_text("Saving it reverts what version 2 changed")).to_be_visible()
    changes = page.get_by_role("region", name="Preview of the changes")
    expect(changes).to_contain_text("what somebody wrote")
    write(page, text("orders.csv"))
    expect(changes).to_contain_text("orders.csv")

    # Somebody else is quicker: nothing is overwritten, and nothing runs.
    home("workflow", "apply", "-", text=text("order.csv", "what another wrote") + SCHEDULES)
    page.get_by_role("button", name="Save and run").click()
    conflict = page.get_by_role("alert").filter(has_text="Someone else saved nightly while you were editing.")
    expect(conflict).to_be_visible()
    expect(page).to_have_url(re.compile("edit"))
    assert len(home.json("runs", "list")) == 1
    assert home.json("workflow", "show", "nightly")["description"] == "what another wrote"
    conflict.get_by_role("button", name="Compare mine with theirs").click()
    expect(changes).to_contain_text("what another wrote")
    expect(page.locator(".cm-content")).to_contain_text("orders.csv")
    page.get_by_role("button", name="Save and run").click()
    succeeded(page, 4)
    assert home.json("workflow", "show", "nightly")["description"] == "as it was"
