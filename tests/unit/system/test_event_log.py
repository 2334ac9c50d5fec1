"""What is told in Windows' event log, under fixed numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from workflow_scheduler.domain.events import Event
from workflow_scheduler.system.event_log import notices, open_event_log, started, stopped

HOME, NOW = Path("home"), datetime(2026, 11, 28, tzinfo=UTC)


def told(kind: str, **facts: str) -> list[tuple[int, int, str]]:
    event = Event(NOW, kind, "nightly", "20261128-000000-abc", **facts)
    return [(notice.number, notice.level, notice.text) for notice in notices(HOME, [event])]


def test_start_and_stop_have_their_numbers() -> None:
    assert (started(HOME, 7).number, started(HOME, 7).level) == (100, 4)
    assert (stopped(HOME, 7).number, stopped(HOME, 7).level) == (101, 4)
    assert "home" in started(HOME, 7).text
    assert "pid 7" in stopped(HOME, 7).text


def test_a_failed_run_is_an_error() -> None:
    text = "A run failed (workflow nightly, run 20261128-000000-abc, home home): copy failed"
    assert told("run.failed", reason="copy failed") == [(102, 1, text)]


def test_so_is_one_whose_result_is_unknown() -> None:
    assert [entry[:2] for entry in told("run.unknown", reason="the machine went down")] == [(102, 1)]


def test_a_late_fire_is_a_warning() -> None:
    late = told("run.running", schedule_id="nightly.1", reason="caught up, 2 h late")
    assert [entry[:2] for entry in late] == [(103, 2)]
    assert "nightly.1" in late[0][2]
    assert "2 h late" in late[0][2]


def test_what_goes_its_way_is_not_told() -> None:
    assert told("run.running", schedule_id="nightly.1") == []
    assert told("run.running", reason="caught up with by hand") == []
    assert told("run.succeeded") == []
    assert told("task.failed", reason="exit code 4") == []


def test_without_a_registered_source_nothing_is_written() -> None:
    open_event_log()(started(HOME, 7))
