"""A new home, and where it is."""

from __future__ import annotations

import ctypes

from workflow_scheduler.operations.home.doctor_drive import drive_of
from workflow_scheduler.system.long_paths import path_length_trouble


def test_a_new_home_has_the_zone_of_the_machine(scheduler) -> None:
    scheduler.env["TZ"] = "Europe/Berlin"
    said = scheduler("workflow", "create", "w").stderr
    assert "Times are in Europe/Berlin, the time zone of this machine" in said
    assert (scheduler.home / ".env").read_text() == "TIMEZONE=Europe/Berlin\n"
    added = scheduler("schedule", "add", "w", "--cron", "30 2 * * *")
    assert "Times are in" not in added.stderr
    assert {schedule["timezone"] for schedule in scheduler.json("schedule", "list")} == {"Europe/Berlin"}


def test_the_drive_of_a_home(tmp_path) -> None:
    drive = drive_of(str(tmp_path))
    assert str(tmp_path).startswith(drive.root)
    assert drive.kind == ctypes.WinDLL("kernel32").GetDriveTypeW(drive.root)


def test_a_home_that_is_too_long_is_refused_before_anything_is_made(scheduler) -> None:
    """Where this Windows takes long paths, it is not."""
    home = scheduler.home / ("x" * 200)
    home.mkdir()
    scheduler.env["SCHEDULER_HOME"] = str(home)
    words, _ = path_length_trouble(home)
    done = scheduler("workflow", "create", "w", code=4 if words else 0)
    assert words in done.stderr
    assert (list(home.iterdir()) == []) is bool(words)
