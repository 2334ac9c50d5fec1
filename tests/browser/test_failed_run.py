"""A failed run tells why where it is seen first: its title, the last lines of what failed, once, and the commands to go on with."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

TALK = "import sys; print('all is well'); [print('line', n, file=sys.stderr) for n in range(1, 31)]; sys.exit(3)"


@pytest.fixture
def failed(home: Any) -> str:
    """The ID of a run whose first task failed, and which two others wait for."""
    tasks = [
        {"id": "load", "command": sys.executable, "args": ["-c", TALK]},
        {"id": "check", "command": "echo", "depends_on": ["load"]},
        {"id": "tell", "command": "echo", "depends_on": ["load"]},
    ]
    home("workflow", "apply", "-", text=json.dumps({"id": "load-orders", "tasks": tasks}))
    return str(json.loads(home("run", "load-orders", "--json", code=1).stdout)["id"])


def check_why(place: Any, run: str) -> None:
    lines = place.locator(".last-lines")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("Last lines of load (stderr)")
    expect(lines.locator("pre")).to_have_text("\n".join(f"line {number}" for number in range(21, 31)))
    commands = place.locator(".next-commands code")
    expect(commands).to_have_text([f"scheduler runs logs {run}", f"scheduler runs retry {run}"])


def test_the_overview_and_the_run_show_the_last_lines_once_with_the_next_commands(page, home, failed) -> None:
    page.goto(f"{home.address}/#/")
    check_why(page.get_by_role("region", name="Since yesterday"), failed)
    expect(page.get_by_text("line 30")).to_have_count(1)
    page.get_by_role("link", name="All output").click()
    page.wait_for_url(f"**/#/runs/{failed}/load")
    check_why(page.locator("main"), failed)
    output = page.get_by_role("region", name="Output", exact=True)
    expect(output).to_contain_text("line 30")
    reason = home.json("runs", "show", failed)["reason"]
    expect(page.locator(".sentence", has_text=reason)).to_have_count(1)


def test_a_run_is_called_by_its_workflow_its_state_and_its_time(page, home, failed) -> None:
    page.goto(f"{home.address}/#/runs/{failed}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^load-orders · failed · (today|yesterday) \d\d:\d\d$"))
    started = datetime.fromisoformat(home.json("runs", "show", failed)["started_at"]).astimezone(UTC)
    expect(heading).to_contain_text(f"{started:%H:%M}")
    expect(page).to_have_title(f"{heading.inner_text()} · Workflow Scheduler")
    expect(page.locator(".run-facts")).to_contain_text(failed)
