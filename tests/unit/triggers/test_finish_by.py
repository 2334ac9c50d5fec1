"""When a `finish_by` is, in the nights in which clocks change and around closed days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from workflow_scheduler.domain.calendar import CalendarDay, Days
from workflow_scheduler.domain.deadlines import parse_finish_by
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.triggers.finish_by import finish_by

NIGHTS = [
    # zone, nominal, asked, when it is
    ("Europe/Berlin", "2026-03-28T22:00Z", "06:00", "2026-03-29T04:00Z"),  # a night of seven hours
    ("Europe/Berlin", "2026-03-28T22:00Z", "02:30", "2026-03-29T01:00Z"),  # in the gap: its end, 03:00 +02:00
    ("Europe/Berlin", "2026-03-29T01:00Z", "02:30", "2026-03-30T00:30Z"),  # after the gap: the next day's
    ("Europe/Berlin", "2026-10-24T22:00Z", "02:30", "2026-10-25T01:30Z"),  # in the fold: the second occurrence
    ("Europe/Berlin", "2026-10-25T00:30Z", "02:30", "2026-10-25T01:30Z"),  # from its first occurrence, too
    ("Europe/Berlin", "2026-10-25T01:30Z", "02:30", "2026-10-26T01:30Z"),
    ("Europe/Berlin", "2026-10-24T22:00Z", "06:00", "2026-10-25T05:00Z"),  # a night of nine hours
    ("America/New_York", "2026-03-08T04:00Z", "02:15", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01T04:00Z", "01:30", "2026-11-01T06:30Z"),
    ("Australia/Lord_Howe", "2026-10-03T14:00Z", "02:15", "2026-10-03T15:30Z"),  # a gap of half an hour
    ("Australia/Lord_Howe", "2026-04-04T13:00Z", "01:45", "2026-04-04T15:15Z"),
    ("America/Santiago", "2026-09-06T02:00Z", "00:00", "2026-09-06T04:00Z"),  # midnight itself is in the gap
    ("UTC", "2026-11-23T05:59Z", "06:00", "2026-11-23T06:00Z"),
    ("UTC", "2026-11-23T06:00Z", "06:00", "2026-11-24T06:00Z"),  # after the nominal time, never at it
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(("zone", "nominal", "asked", "expected"), NIGHTS)
def test_nights(zone: str, nominal: str, asked: str, expected: str) -> None:
    assert finish_by(parse_finish_by(asked), at(nominal), at(nominal), zone, {}) == at(expected)


WEEKDAYS = Days(
    "c",
    [
        CalendarDay(day, day.weekday() < 5 and day != date(2026, 12, 25), "closed", "test")
        for day in (date(2026, 12, 1) + at * timedelta(days=1) for at in range(60))
    ],
)
BUSINESS_DAYS = [
    ("2026-12-22T22:00Z", "06:00 +1 c", "2026-12-23T06:00Z"),
    ("2026-12-24T22:00Z", "06:00 +1 c", "2026-12-28T06:00Z"),  # over Christmas and a weekend
    ("2026-12-24T01:00Z", "06:00 +0 c", "2026-12-24T06:00Z"),  # the nominal day itself
    ("2026-12-24T07:00Z", "06:00 +0 c", "2026-12-28T06:00Z"),  # it has passed there: the next open day's
    ("2026-12-26T01:00Z", "06:00 +0 c", "2026-12-28T06:00Z"),
    ("2026-12-24T01:00Z", "06:00 +2 c", "2026-12-29T06:00Z"),
]


@pytest.mark.parametrize(("nominal", "asked", "expected"), BUSINESS_DAYS)
def test_business_days(nominal: str, asked: str, expected: str) -> None:
    assert finish_by(parse_finish_by(asked), at(nominal), at(nominal), "UTC", {"c": WEEKDAYS}) == at(expected)


def test_days_that_no_calendar_knows() -> None:
    nominal = at("2027-01-29T01:00Z")
    with pytest.raises(InvalidInput, match="has no data for the open days after 2027-01-30"):
        finish_by(parse_finish_by("06:00 +1 c"), nominal, nominal, "UTC", {"c": WEEKDAYS})
    with pytest.raises(InvalidInput, match="There is no calendar 'c'"):
        finish_by(parse_finish_by("06:00 +1 c"), nominal, nominal, "UTC", {})


def test_a_fire_that_was_moved_to_another_day() -> None:
    asked, nominal = parse_finish_by("06:00"), at("2026-12-26T02:00Z")
    assert finish_by(asked, nominal, at("2026-12-28T02:00Z"), "UTC", {}) == at("2026-12-28T06:00Z")
    assert finish_by(asked, nominal, at("2026-12-24T02:00Z"), "UTC", {}) == at("2026-12-24T06:00Z")
    assert finish_by(asked, nominal, at("2026-12-26T02:10Z"), "UTC", {}) == at("2026-12-26T06:00Z")  # jitter
