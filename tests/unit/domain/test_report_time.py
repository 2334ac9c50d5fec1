"""When a report is due by itself: weekdays, and nights in which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.report_time import ReportTime, parse_days

BERLIN = ZoneInfo("Europe/Berlin")
DAILY, WEEKDAYS = parse_days(["daily"]), parse_days(["weekdays"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("days", "clock", "now", "last", "following"),
    [
        (DAILY, "07:00", "2026-11-24 07:00", "2026-11-24 07:00", "2026-11-25 07:00"),
        (DAILY, "07:00", "2026-11-24 06:59", "2026-11-23 07:00", "2026-11-24 07:00"),
        (WEEKDAYS, "07:00", "2026-11-29 12:00", "2026-11-27 07:00", "2026-11-30 07:00"),
        (parse_days(["mon"]), "07:00", "2026-11-29 12:00", "2026-11-23 07:00", "2026-11-30 07:00"),
        (DAILY, "02:30", "2026-03-29 12:00", "2026-03-29 03:30", "2026-03-30 02:30"),
        (DAILY, "02:30", "2026-10-25 12:00", "2026-10-25 02:30", "2026-10-26 02:30"),
    ],
)
def test_the_last_and_the_next(days, clock: str, now: str, last: str, following: str) -> None:
    report = ReportTime(time.fromisoformat(clock), days, ("ops",))
    assert report.last_due(at(now), BERLIN) == at(last)
    assert report.next_due(at(now), BERLIN) == at(following)


@given(
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"]),
)
def test_nothing_is_between_them(clock: time, days, now: datetime, name: str) -> None:
    report, zone = ReportTime(clock, days, ("ops",)), ZoneInfo(name)
    last, following = report.last_due(now, zone), report.next_due(now, zone)
    assert last <= now < following
    assert report.next_due(last, zone) == following
    assert following - last <= timedelta(days=7, hours=1)
    assert last.astimezone(zone).weekday() in days


def test_days_as_people_write_them() -> None:
    assert parse_days(["Mon", "friday"]) == {0, 4}
    assert parse_days(["weekdays", "sun"]) == {0, 1, 2, 3, 4, 6}
    with pytest.raises(InvalidInput, match="'someday' is not a day; write daily, weekdays, or names such as mon"):
        parse_days(["someday"])


def test_what_is_remembered_is_of_one_time_and_its_channels() -> None:
    one = ReportTime(time(7), DAILY, ("a", "b"))
    assert one.key == ReportTime(time(7), DAILY, ("b", "a")).key
    others = [
        ReportTime(time(7, 1), DAILY, ("a", "b")),
        ReportTime(time(7), WEEKDAYS, ("a", "b")),
        ReportTime(time(7), DAILY, ("a",)),
    ]
    assert len({one.key, *(other.key for other in others)}) == 4


@pytest.mark.parametrize(
    ("days", "words"), [(["daily"], "daily"), (["weekdays"], "weekdays"), (["sun", "mon"], "mon sun")]
)
def test_its_sentence(days: list[str], words: str) -> None:
    assert ReportTime(time(7), parse_days(days), ("a", "b")).sentence == f"report at 07:00 {words} → a, b"
