"""The doctor finds each fault, says what to do, and works when nothing else does."""

from __future__ import annotations

import sqlite3
import sys

import pytest

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")


def finding(scheduler, about: str, code: int | None = None) -> dict[str, str]:
    (found,) = [one for one in scheduler.json("doctor", code=code) if one["about"] == about]
    return found


def test_a_fresh_home_is_well_and_stays_empty(scheduler) -> None:
    assert {one["state"] for one in scheduler.json("doctor")} == {"ok"}
    assert list(scheduler.home.iterdir()) == []


def test_a_running_scheduler_is_well(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("start")
    found = scheduler.json("doctor")
    assert {one["state"] for one in found} == {"ok"}, found
    said = scheduler("doctor").stdout
    assert "the running scheduler's PATH" in said
    assert "data: " in said


@posix_only
def test_a_home_that_everybody_can_change(scheduler) -> None:
    scheduler.home.chmod(0o777)
    found = finding(scheduler, "home", 0)
    assert (found["state"], found["advice"]) == ("warning", f"chmod o-w '{scheduler.home}'")


@posix_only
def test_a_home_that_cannot_be_written() -> None:
    from pathlib import Path

    from workflow_scheduler.operations import doctor

    (found,) = doctor.examine_home(Path("/proc/self"))  # not even root makes files there
    assert (found.about, found.state) == ("home", "problem")


def test_bad_settings(scheduler) -> None:
    (scheduler.home / ".env").write_text("TIMEZONE=Mars/Base\n")
    found = finding(scheduler, "settings", 4)
    assert "TIMEZONE is 'Mars/Base'" in found["words"]
    assert ".env" in found["advice"]


def test_a_damaged_database(scheduler) -> None:
    (scheduler.home / "jobs.sqlite").write_text("this is not a database, " * 100)
    assert "damaged" in finding(scheduler, "database", 4)["words"]


def test_a_database_that_does_not_answer(scheduler) -> None:
    scheduler.env["DB_URL"] = f"postgresql://nobody@/none?host={scheduler.home}"
    assert "does not answer" in finding(scheduler, "database", 4)["words"]


def test_a_command_that_is_not_there(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "no-such-program")
    found = finding(scheduler, "PATH", 4)
    assert "w/task_1: The command was not found: no-such-program" in found["words"]


def test_missed_fires_and_a_scheduler_that_does_not_run(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("schedule", "add", "w", "--every", "1h", "--id", "s")
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute("UPDATE schedules SET next_due_utc = '2026-01-01 00:00:00.000000'")
    database.close()
    found = finding(scheduler, "missed fires", 0)
    assert found["words"] == "1 schedules are overdue, such as s"
    assert finding(scheduler, "scheduler", 0)["advice"] == "scheduler start"


def test_a_clock_that_was_set_back(scheduler) -> None:
    scheduler("workflow", "create", "w")
    scheduler("task", "add", "w", "--command", "echo")
    scheduler("run", "w")
    with sqlite3.connect(scheduler.home / "jobs.sqlite") as database:
        database.execute("UPDATE engines SET heartbeat_at = '2199-01-01 00:00:00.000000'")
    database.close()
    assert "2199-01-01" in finding(scheduler, "clock", 4)["words"]


def test_a_nearly_full_disk(scheduler) -> None:
    (scheduler.home / ".env").write_text("MIN_FREE_MB=1000000\n")
    assert finding(scheduler, "disk", 4)["state"] == "problem"


def test_a_file_system_without_locks(scheduler, tmp_path, monkeypatch) -> None:
    from workflow_scheduler.engine import lock
    from workflow_scheduler.operations import doctor

    monkeypatch.setattr(lock, "_try_lock", lambda _: True)
    states = {one.about: one.state for one in doctor.examine_home(tmp_path)}
    assert states["locks"] == "problem"
    assert list(tmp_path.iterdir()) == [scheduler.home]
