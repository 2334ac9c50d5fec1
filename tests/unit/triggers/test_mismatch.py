"""Which part of a spec a time does not match."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.triggers.mismatch import mismatches

MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"cron": "0,15 6 * * *"}, ["minute 30 is not in 0,15"]),
        ({"cron": "30 7 * * *"}, ["hour 6 is not in 7"]),
        ({"cron": "0 7 * 1 *"}, ["minute 30 is not in 0", "hour 6 is not in 7", "month 11 is not in 1"]),
        ({"cron": "30 6 * * 2-5"}, ["Monday is not in day-of-week 2-5"]),
        ({"cron": "30 6 1 * *"}, ["day 23 is not in day-of-month 1"]),
        ({"cron": "30 6 1 * 2"}, ["Monday, day 23, is not in day-of-month 1 or day-of-week 2"]),
        ({"cron": "30 6 * * *"}, []),
        ({"times": ["06:00", "12:00"]}, ["06:30:00 is not in 06:00, 12:00"]),
        ({"times": ["06:30"], "days": "tue"}, ["Monday is not in days tue"]),
        ({"business_day": {"nth": 1, "of": "month", "time": "06:30"}}, ["it is not that business day"]),
        ({"business_day": {"nth": 1, "of": "month", "time": "07:00"}}, ["06:30:00 is not in 07:00"]),
        ({"every": "1d", "at_time": "06:00", "anchor": "2026-11-20"}, ["06:30:00 is not in 06:00"]),
        ({"every": "2d", "at_time": "06:30", "anchor": "2026-11-20"}, ["it is not one of its days"]),
        ({"at": "2026-11-24 06:30:00"}, ["it fires once, at 2026-11-24 06:30:00"]),
        ({"at_start": "boot"}, ["it fires at a start, and not at times"]),
        (
            {"every": "1h", "anchor": "2026-11-23T00:00:00+00:00"},
            ["it is 1800 s after a multiple of 3600 s from 2026-11-23T00:00:00+00:00"],
        ),
        ({"every": "30m", "anchor": "2026-11-23T00:00:00+00:00"}, []),
    ],
)
def test_each_part_by_itself(spec: dict, expected: list[str]) -> None:
    assert mismatches(spec, "UTC", MONDAY) == expected


def test_seconds_count() -> None:
    assert mismatches({"cron": "* * * * *"}, "UTC", MONDAY + timedelta(seconds=5)) == ["second 5 is not 0"]


def test_the_clock_is_that_of_the_zone() -> None:
    assert mismatches({"cron": "30 6 * * *"}, "Europe/Berlin", MONDAY) == ["hour 7 is not in 6"]
