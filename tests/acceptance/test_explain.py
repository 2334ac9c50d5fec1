"""`scheduler explain`: the answer as a command gives it."""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def hourly(scheduler):
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", sys.executable, "--args", "-c 'raise SystemExit(3)'")
    scheduler("schedule", "add", "w", "--every", "1h", "--id", "s")
    return scheduler


def since(scheduler, hours: int) -> None:
    """Have the planner stand where it stood some hours ago."""
    then = (datetime.now(UTC) - timedelta(hours=hours, minutes=1)).strftime("%Y-%m-%d %H:%M:%S.000000")
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute(
            "UPDATE schedules SET cursor_utc = ?, spec = json_set(spec, '$.anchor', ?)", (then, then + "+00:00")
        )
        database.execute("UPDATE schedules SET next_due_utc = ? WHERE next_due_utc IS NOT NULL", (then,))
    database.close()


def test_a_verdict_its_gates_and_the_next_command(hourly) -> None:
    since(hourly, 3)
    hourly.env["PYTHONIOENCODING"] = "utf-8"
    verdict, *gates, command = hourly("explain", "w").stdout.splitlines()
    assert verdict.endswith("the scheduler is not running; no scheduler has ever been started; 3 fires so far.")
    assert [line[:3] for line in gates] == [" ✓ ", " ✓ ", " ✓ ", " ✗ ", " \u2013 "]
    assert gates[3].startswith(" ✗ scheduler")
    assert gates[-1].endswith(": not reached")
    assert command.startswith("Next: scheduler ")
    assert command.endswith(" start")


def test_in_a_terminal_without_unicode(hourly) -> None:
    hourly.env["PYTHONIOENCODING"] = "ascii"
    said = hourly("explain", "w", "--next").stdout
    assert said.isascii()
    assert " x scheduler" in said
    assert "\n - trigger" in said


def test_who_paused_it(hourly) -> None:
    hourly("schedule", "pause", "s")
    since(hourly, 2)
    assert " is paused: paused since " in hourly("explain", "w").stdout
    assert hourly.json("explain", "w")["verdict_code"] == "schedule_paused"
    (gate,) = [gate for gate in hourly.json("explain", "w", "--next")["gates"] if gate["state"] == "stopped"]
    assert gate["code"] == "enabled"


def test_a_run_and_its_task(hourly) -> None:
    hourly("run", "w", code=1)
    said = hourly("explain", "w", "--run", "last").stdout
    assert "failed: task task_1: exit code 3 (expected 0)." in said.splitlines()[0]
    assert "runs retry" in said
    found = hourly.json("explain", "w", "--task", "task_1")
    assert (found["verdict_code"], found["next"][0]["code"]) == ("failed", "read_output")


def test_a_time_without_a_fire(hourly) -> None:
    hourly("schedule", "add", "w", "--cron", "0,15 * * * *", "--id", "t")
    said = hourly("explain", "w", "--schedule", "t", "--at", "2026-11-29 06:30").stdout
    assert "was not due at 2026-11-29 06:30 " in said
    assert "minute 30 is not in 0,15; the previous fire is 2026-11-29 06:15 " in said
    assert "the next fire is 2026-11-29 07:00 " in said


def test_a_workflow_that_was_renamed_or_deleted(hourly) -> None:
    hourly("workflow", "rename", "w", "v")
    assert hourly("explain", "w").stdout.startswith("w was renamed at ")
    hourly("workflow", "delete", "v", "--yes")
    assert hourly("explain", "v").stdout.startswith("v was deleted.")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing"], 3, "There is no workflow 'nothing'"),
        (["w", "--at", "noon"], 2, "The time 'noon' is invalid"),
        (["w", "--next", "--run", "last"], 2, "not by run and next"),
        (["w", "--schedule", "t"], 3, "There is no schedule 't'"),
    ],
)
def test_bad_questions(hourly, words: list[str], code: int, said: str) -> None:
    assert said in hourly("explain", *words, code=code).stderr
