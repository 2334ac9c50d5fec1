"""The menu asks for parameters one by one, with the default in brackets, and says the command that gives the same."""

from __future__ import annotations

import pytest

from tests.acceptance.test_menu import Terminal, terminal

pexpect = pytest.importorskip("pexpect", reason="a terminal of POSIX", exc_type=ImportError)

__all__ = ["terminal"]

YAML = """
id: w
params:
  region: {type: choice, options: [north, south], default: north, description: Which warehouse}
  day: {type: date, default: "2026-01-02"}
  files: {type: list, default: [a]}
  note: {}
tasks: [{id: a, command: echo, args: ["{region}", "{day}", "{files...}", "<{note}>"]}]
"""


@pytest.fixture
def workflow(scheduler):
    scheduler("workflow", "apply", "-", text=YAML)
    return scheduler


def test_a_run_is_asked_for_each(workflow, terminal: Terminal) -> None:
    terminal.choose(9)
    terminal.answer("Enter the workflow ID [default: 'w']")
    terminal.answer("region: Which warehouse (north, south) [default: north]", "west")
    terminal.answer("region: Which warehouse (north, south) [default: north]", "south")
    terminal.answer("day (date) [default: 2026-01-02]")
    terminal.answer("files (list, separated by commas) [default: a]", "x y, z")
    terminal.answer("note (string) [default: none]")
    terminal.answer("note (string) [default: none]", "it's fine")
    terminal.quit()
    assert "choose one of north, south" in terminal.seen
    assert "The parameter 'note' is required" in terminal.seen
    (run,) = workflow.json("runs", "list")
    shown = workflow.json("runs", "show", run["id"])
    assert shown["params"] == {"region": "south", "day": "2026-01-02", "files": ["x y", "z"], "note": "it's fine"}
    assert "= scheduler run w -p region=south -p" in " ".join(terminal.seen.split())


def test_a_schedule_is_asked_for_each_and_keeps_defaults_open(workflow, terminal: Terminal) -> None:
    terminal.choose(4)
    terminal.answer("Enter the workflow ID to schedule [default: 'w']")
    terminal.answer("Trigger Type (interval, cron, date) [default: 'interval']")
    terminal.answer("Enter the interval in minutes [default: 60]")
    terminal.answer("Time zone [default: 'UTC']")
    terminal.answer("region: Which warehouse (north, south) [default: north]")
    terminal.answer("day (date) [default: 2026-01-02]")
    terminal.answer("files (list, separated by commas) [default: a]")
    terminal.answer("note (string) [default: none]", "at night")
    terminal.quit()
    assert workflow.json("schedule", "list")[0]["params"] == {"note": "at night"}
