"""The menu's entries on runs and on the home, numbers in place of names, and Ctrl-C while something goes on."""

from __future__ import annotations

import re
import sys

import pytest

from tests.acceptance.test_menu import _COLOUR, Terminal, terminal

pexpect = pytest.importorskip("pexpect", reason="a terminal of POSIX", exc_type=ImportError)

__all__ = ["terminal"]

WAITS = "import time; print('it waits', flush=True); time.sleep(600)"


def add(scheduler, workflow: str, code: str, *words: str) -> None:
    scheduler("task", "add", workflow, "--command", sys.executable, "--arg", "-c", "--arg", code, *words)


@pytest.fixture
def two_runs(scheduler):
    """A workflow `w` with a run that failed, `first`, and one that succeeded, `second`."""
    scheduler("workflow", "create", "w")
    add(scheduler, "w", "import os, sys; print('mark'); sys.exit(not os.path.exists('fine'))", "--id", "look")
    add(scheduler, "w", "print('done')", "--id", "last")
    scheduler("run", "w", "--id", "first", code=1)
    (scheduler.home / "fine").touch()
    scheduler("run", "w", "--id", "second")
    return scheduler


def seen(terminal: Terminal) -> str:
    return " ".join(terminal.seen.split())


def test_output_by_number(two_runs, terminal) -> None:
    terminal.choose(21)
    terminal.answer("Run to read (#, ID or 'last') [default: 1]", "2")
    terminal.choose(10)
    terminal.answer("Run to show (#, ID or 'last') [default: none]", "1")
    terminal.quit()
    assert "--- look attempt 1 stdout" in terminal.seen
    assert "--- last: never started; skipped: " in seen(terminal)
    assert "= scheduler runs logs first" in terminal.seen
    assert "= scheduler runs show second" in terminal.seen


def test_retry_goes_on_where_it_failed(two_runs, terminal) -> None:
    terminal.choose(22)
    terminal.answer("Run to retry (#, ID or 'last') [default: 1]")
    terminal.quit()
    assert "= scheduler runs retry first" in terminal.seen
    assert two_runs.json("runs", "show", "last")["retry_of"] == "first"


def test_cancel_and_ctrl_c_while_a_run_is_read(scheduler, terminal, until) -> None:
    scheduler("workflow", "create", "w")
    terminal.choose(23)
    add(scheduler, "w", WAITS)
    scheduler("start")
    run_id = scheduler.json("run", "w", "--detach")["id"]
    until(lambda: "it waits" in scheduler("runs", "logs", run_id).stdout)
    terminal.choose(21)
    terminal.answer("Run to read (#, ID or 'last') [default: 1]")
    terminal.child.expect_exact("it waits")
    terminal.child.send("\x03")
    terminal.child.expect_exact("Back in the menu")
    assert scheduler.json("runs", "show", run_id)["state"] == "running"
    terminal.choose(23)
    terminal.answer("Run to cancel (#, ID or 'last') [default: 1]")
    terminal.quit()
    assert "No run is queued or in progress." in terminal.seen
    assert f"= scheduler runs cancel {run_id}" in terminal.seen
    until(lambda: scheduler.json("runs", "show", run_id)["state"] == "cancelled")


def test_ctrl_c_in_a_run_of_the_menu_goes_back(scheduler, terminal, until) -> None:
    scheduler("workflow", "create", "w")
    add(scheduler, "w", WAITS)
    terminal.choose(9)
    terminal.answer("Enter the workflow ID [default: 'w']")
    until(lambda: "it waits" in scheduler("runs", "logs", "w", code=None).stdout)
    terminal.child.send("\x03")
    terminal.child.expect_exact("Back in the menu")
    terminal.quit()
    assert scheduler.json("runs", "show", "w")["state"] == "cancelled"


def test_the_web_interface_opens_and_the_scheduler_starts_for_it(scheduler, tmp_path, until) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n')
    browser.chmod(0o755)
    scheduler("workflow", "create", "w")
    opened = Terminal(scheduler, BROWSER=str(browser), WEB="1", PORT="0")
    opened.choose(24)
    opened.answer("The scheduler is not running. Start it? [default: 'yes']")
    opened.quit()
    opened.child.close(force=True)
    until((tmp_path / "opened").exists)
    assert (tmp_path / "opened").read_text().startswith("file:")
    assert "= scheduler web" in opened.seen
    assert scheduler.json("status")["running"] is True


def test_checks_and_start_at_boot(scheduler, terminal) -> None:
    terminal.choose(25)
    terminal.choose(26)
    terminal.answer("Start it now and whenever the machine starts? [default: 'no']")
    terminal.quit()
    assert "= scheduler doctor" in terminal.seen
    assert "is sound" in terminal.seen
    assert "does not start with the machine" in seen(terminal)


@pytest.mark.usefixtures("two_runs")
def test_a_number_is_taken_wherever_it_is_shown(scheduler, terminal) -> None:
    scheduler("workflow", "create", "v")
    for name in ("s1", "s2"):
        scheduler("schedule", "add", "w", "--id", name, "--every", "1h")
    terminal.choose(1)
    terminal.choose(17)
    terminal.answer("Enter the workflow ID [default: 'v']", "2")
    terminal.answer("Task ID [default: 'last']", "1")
    terminal.answer("Delete look from w? [default: 'no']", "yes")
    terminal.choose(19)
    terminal.answer("Enter the schedule ID [default: 's2']", "1")
    terminal.choose(16)
    terminal.answer("Enter the workflow ID [default: 'v']", "9")
    terminal.answer("Enter the workflow ID [default: 'v']", "b")
    terminal.quit()
    assert [task["id"] for task in scheduler.json("task", "list", "w")] == ["last"]
    paused = {schedule["id"]: schedule["paused"] for schedule in scheduler.json("schedule", "list")}
    assert paused == {"s1": True, "s2": False}
    text = _COLOUR.sub("", terminal.seen)
    assert re.findall(r"^ *#  (\w+)", text, re.MULTILINE) == ["WORKFLOW", "TASK", "SCHEDULE"]


def test_a_name_that_is_a_number_comes_before_the_number(scheduler, terminal) -> None:
    for name in ("2", "3"):
        scheduler("workflow", "create", name)
    terminal.choose(14)
    terminal.answer("Enter the workflow ID [default: '3']", "2")
    terminal.answer("Delete 2 and its 0 schedules? Its history stays [default: 'no']")
    terminal.quit()


def test_the_next_times_are_shown_once_in_the_zone_that_was_asked_for(scheduler) -> None:
    scheduler.env["TZ"] = "America/New_York"
    menu = Terminal(scheduler)
    menu.choose(2)
    menu.answer("Enter a unique workflow ID [default: 'workflow_1']")
    menu.choose(4)
    menu.answer("Enter the workflow ID to schedule [default: 'workflow_1']")
    menu.answer("Trigger Type (interval, cron, date) [default: 'interval']", "cron")
    menu.answer("Enter day of the week [default: 'mon-fri']")
    menu.answer("Enter hour [default: 0]", "1")
    menu.answer("Enter minute [default: 0]", "30")
    menu.answer("Time zone [default: 'America/New_York']", "Mars/Olympus")
    menu.answer("Time zone [default: 'America/New_York']", "Asia/Tokyo")
    menu.choose(4)
    menu.answer("Enter the workflow ID to schedule [default: 'workflow_1']")
    menu.answer("Trigger Type (interval, cron, date) [default: 'interval']", "date")
    menu.answer("Time zone [default: 'America/New_York']")
    menu.child.expect_exact("YYYY-MM-DD HH:MM:SS, America/New_York")
    menu.child.sendline("b")
    menu.quit()
    menu.child.close(force=True)
    assert menu.seen.count("+09:00") == 5
    assert menu.seen.count("(Asia/Tokyo)") == 1
    (schedule,) = scheduler.json("schedule", "list")
    assert schedule["timezone"] == "Asia/Tokyo"
    assert "--timezone Asia/Tokyo" in seen(menu)
