"""The past times of a schedule: where clocks change, on closed days, and within its bounds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from workflow_scheduler.domain.calendar import CalendarDay, Days
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.policies import OnClosed, Policies
from workflow_scheduler.domain.schedule import DueFire, PlannerState, Schedule
from workflow_scheduler.operations.backfills.moments import past_fires

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
"""A Sunday."""


def fires(
    start: str, end: str, spec: dict[str, Any] | None = None, zone: str = "UTC", days: Days | None = None, **given: Any
) -> list[DueFire]:
    policies = Policies(**{name: value for name, value in given.items() if name != "planner"})
    schedule = Schedule("s", "w", spec or {"cron": "0 6 * * *"}, zone, policies, given.get("planner", PlannerState()))
    span = datetime.fromisoformat(start).replace(tzinfo=UTC), datetime.fromisoformat(end).replace(tzinfo=UTC)
    return list(past_fires(schedule, {"c": days} if days else {}, *span, NOW))


def clocks(found: list[DueFire]) -> list[str]:
    return [f"{fire.nominal:%d %H:%M}" for fire in found]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # 2:00 to 3:00 does not exist: what was due then comes once, at 3:00.
        ("2026-03-29", ["29 01:00"]),
        ("2026-10-24", ["24 00:30"]),
        # 2:30 comes twice: a fixed time is due at the first.
        ("2026-10-25", ["25 00:30"]),
        ("2026-10-26", ["26 01:30"]),
    ],
)
def test_where_clocks_change(day: str, expected: list[str]) -> None:
    assert clocks(fires(f"{day}T00:00", f"{day}T12:00", {"cron": "30 2 * * *"}, "Europe/Berlin")) == expected


def test_the_ends_of_the_range_count() -> None:
    assert clocks(fires("2026-11-01T06:00", "2026-11-03T06:00")) == ["01 06:00", "02 06:00", "03 06:00"]
    assert clocks(fires("2026-11-01T06:01", "2026-11-03T05:59")) == ["02 06:00"]


def test_only_what_was_due_by_now() -> None:
    assert clocks(fires("2026-11-28", "2026-11-30"))[-1] == "29 06:00"
    late = fires("2026-11-29", "2026-11-30", jitter=7 * 86400.0)
    assert all(fire.due <= NOW for fire in late)


def test_what_it_skipped_and_what_was_before_it_counts() -> None:
    at = datetime(2026, 11, 2, 6, tzinfo=UTC)
    planner = PlannerState(since=NOW, skips=((at, ""), (at + timedelta(days=1), "anna asked to skip it")))
    found = fires("2026-11-01", "2026-11-05", planner=planner)
    assert [fire.runs for fire in found] == [True] * 4


def test_its_bounds_hold() -> None:
    found = fires("2026-11-01", "2026-11-10", from_="2026-11-03", until="2026-11-05")
    assert clocks(found) == ["03 06:00", "04 06:00", "05 06:00"]
    assert fires("2026-11-01", "2026-11-02", from_="2026-11-03") == []


@pytest.mark.parametrize(("on_closed", "runs", "due"), [(OnClosed.SKIP, False, 25), (OnClosed.NEXT, True, 26)])
def test_closed_days(on_closed: OnClosed, runs: bool, due: int) -> None:
    rows = [CalendarDay(date(2026, 11, day), day != 25, "Christmas" if day == 25 else "", "") for day in range(1, 31)]
    days = Days("c", rows)
    found = fires("2026-11-24", "2026-11-26", {"cron": "0 6 24,25 * *"}, days=days, calendar="c", on_closed=on_closed)
    assert [(fire.nominal.day, fire.due.day, fire.runs) for fire in found] == [(24, 24, True), (25, due, runs)]
    assert "Christmas" in found[1].why


def test_too_many_are_counted_and_not_listed() -> None:
    with pytest.raises(InvalidInput, match="s has 28,800 times in this range, and a backfill has at most 10,000"):
        fires("2026-11-01", "2026-11-20 23:59:59", {"cron": "* * * * *"})
