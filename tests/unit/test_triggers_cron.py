"""POSIX fields, the words for them, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.triggers import build, describe, from_fields, parse_spec, preview

START = datetime(2026, 11, 1, tzinfo=UTC)  # a Sunday


def days(cron: str, count: int) -> list[int]:
    return [fire.day for fire in preview({"cron": cron}, "UTC", START - timedelta(seconds=1), count)]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 0 * * 0", [1, 8, 15]),
        ("0 0 * * 7", [1, 8, 15]),
        ("0 0 * * sun", [1, 8, 15]),
        ("0 0 * * fri-sun", [1, 6, 7, 8]),
        ("0 0 * * 1-5", [2, 3, 4, 5, 6, 9]),
        ("0 0 13 * fri", [6, 13, 20, 27]),  # day of month OR day of week
        ("0 0 13 * *", [13]),
        ("0 0 * nov MON", [2, 9]),
        ("0 0 1-10/3 * *", [1, 4, 7, 10]),
        ("@weekly", [1, 8]),
        ("@monthly", [1, 1]),
    ],
)
def test_days(cron: str, expected: list[int]) -> None:
    assert days(cron, len(expected)) == expected


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day-of-month"),
        ("* * * 13 *", "month"),
        ("* * * * 8", "day-of-week"),
        ("* * * * fri-mon", "day-of-week"),
        ("*/0 * * * *", "minute"),
        ("* * * *", "has 4 fields"),
        ("0 0 0 * * *", "five"),
        ("@often", "@daily"),
        ("0 0 30 2 *", "never fires"),
        ("", "five"),
        ("٣ * * * *", "minute"),
    ],
)
def test_what_is_refused_names_the_field(cron: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_spec({"cron": cron}, "UTC")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_the_menus_fields_make_an_expression() -> None:
    assert from_fields("mon-fri", "1", "0") == "0 1 * * mon-fri"
    with pytest.raises(InvalidInput, match="hour"):
        from_fields("mon-fri", "25", "0")


def test_descriptions_use_24_hours() -> None:
    assert describe({"cron": "30 13 * * mon-fri"}, "UTC") == "At 13:30, Monday through Friday"
    assert describe({"every": "90s"}, "UTC") == "Every 1m 30s"


def test_an_unknown_zone_is_refused_with_what_is_near() -> None:
    with pytest.raises(InvalidInput, match="Europe/Berlin"):
        parse_spec({"cron": "@daily"}, "Europe/Berlln")


def test_intervals_keep_their_anchor() -> None:
    anchor = datetime(2026, 11, 1, 0, 0, 7, tzinfo=UTC)
    trigger = build({"every": "90s", "anchor": anchor.isoformat()}, "America/New_York")
    later = anchor + timedelta(days=400, seconds=1)
    assert (trigger.next_after(later) - anchor) % timedelta(seconds=90) == timedelta(0)
    assert trigger.next_after(anchor) == anchor + timedelta(seconds=90)


def test_a_long_gap_is_counted_without_listing_it() -> None:
    anchor = datetime(2026, 1, 1, tzinfo=UTC)
    every_second = build({"every": "1s", "anchor": anchor.isoformat()}, "UTC")
    span = every_second.span(anchor, anchor + timedelta(days=30))
    assert span is not None
    assert span.count == 30 * 86400
    assert span.last == anchor + timedelta(days=30)


@pytest.mark.parametrize("cron", ["*/7 * * * *", "30 2 * * *", "0 */5 1-20 * mon"])
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Tehran"])
def test_counting_agrees_with_listing(cron: str, zone: str) -> None:
    trigger = build({"cron": cron}, zone)
    start, end = datetime(2026, 2, 20, 11, 7, tzinfo=UTC), datetime(2026, 4, 20, 3, tzinfo=UTC)
    listed = 0
    moment = trigger.next_after(start)
    while moment is not None and moment <= end:
        listed, moment = listed + 1, trigger.next_after(moment)
    assert trigger.count(start, end) == listed


def test_the_end_of_the_calendar_is_no_error() -> None:
    trigger = build({"cron": "0 0 1 1 *"}, "America/New_York")
    assert trigger.next_after(datetime(9999, 12, 31, 23, tzinfo=UTC)) is None
    assert trigger.next_after(datetime(2200, 6, 1, tzinfo=UTC)) == datetime(2201, 1, 1, 5, tzinfo=UTC)


def test_it_is_an_apscheduler_trigger() -> None:
    trigger = build({"cron": "0 1 * * *"}, "UTC")
    now = datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, now) == now
    assert trigger.get_next_fire_time(now, now) == now + timedelta(days=1)
