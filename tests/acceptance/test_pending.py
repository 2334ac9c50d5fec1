"""Why it did not run: what is due and not accounted for is shown with its reason, and no next fire lies in the past."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest


def since(scheduler, hours: int) -> None:
    """Have the planner stand where it stood some hours ago."""
    then = (datetime.now(UTC) - timedelta(hours=hours, minutes=1)).strftime("%Y-%m-%d %H:%M:%S.000000")
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute(
            "UPDATE schedules SET cursor_utc = ?, spec = json_set(spec, '$.anchor', ?)", (then, then + "+00:00")
        )
        database.execute("UPDATE schedules SET next_due_utc = ? WHERE next_due_utc IS NOT NULL", (then,))
    database.close()


@pytest.fixture
def hourly(scheduler):
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("schedule", "add", "w", "--every", "1h", "--id", "s")
    return scheduler


def pending(scheduler) -> dict:
    (row,) = [fire for fire in scheduler.json("fires", "list", "--schedule", "s") if fire["disposition"] == "pending"]
    return row


def test_while_no_scheduler_runs(hourly) -> None:
    since(hourly, 3)
    row = pending(hourly)
    assert (row["count"], row["reason"]) == (3, "the scheduler is not running; 3 fires so far")
    for noun, beginning in (("schedule", "s  "), ("workflow", "w  ")):
        shape = hourly.json(noun, "list")[0]
        assert shape["next_utc"] is None
        assert shape["overdue_since"] is not None
        (line,) = [line for line in hourly(noun, "list").stdout.splitlines() if line.startswith(beginning)]
        assert "when started (due since " in line
        assert "The scheduler is not running. Until then no schedule fires" in hourly(noun, "list").stdout
    assert "when started (due since" in hourly("status", code=3).stdout
    assert datetime.fromisoformat(hourly.json("schedule", "show", "s")["fires"][0]["utc"]) > datetime.now(UTC)


def test_while_the_schedule_is_paused(hourly) -> None:
    hourly("schedule", "pause", "s")
    since(hourly, 2)
    row = pending(hourly)
    assert row["count"] == 2
    assert row["reason"].startswith("paused since ")
    assert row["reason"].endswith("; 2 fires so far")
    assert hourly("schedule", "list").stdout.splitlines()[1].rstrip().endswith(" paused")


def test_while_the_workflow_is_disabled(hourly) -> None:
    hourly("workflow", "edit", "w", "--disable")
    since(hourly, 1)
    assert pending(hourly)["reason"].startswith("workflow disabled since ")
    assert "workflow disabled" in hourly("schedule", "list").stdout
    assert hourly.json("schedule", "list")[0]["paused"] is False


def test_while_the_planner_is_paused(hourly) -> None:
    hourly("planner", "pause")
    for noun in ("schedule", "workflow"):
        assert "(planner paused)" in hourly(noun, "list").stdout
    since(hourly, 2)
    assert pending(hourly)["reason"].startswith("the planner has been paused since ")
    assert "when resumed (due since" in hourly("schedule", "list").stdout


def test_with_everything_in_order_nothing_is_pending(hourly, until) -> None:
    hourly("start")
    assert hourly.json("fires", "list", "--schedule", "s") == []
    assert hourly("fires", "list", "--schedule", "s").stdout == "s has not been due yet.\n"
    since(hourly, 2)
    until(lambda: {fire["disposition"] for fire in hourly.json("fires", "list", "--schedule", "s")} >= {"queued"})
    until(lambda: not any(fire["disposition"] == "pending" for fire in hourly.json("fires", "list", "--schedule", "s")))
