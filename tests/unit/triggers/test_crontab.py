"""POSIX fields, the words for them, and what is refused."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from patience import PATIENCE

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import written
from workflow_scheduler.triggers.cron_fields import check_field
from workflow_scheduler.triggers.cron_search import from_fields
from workflow_scheduler.triggers.fire_times import build, preview
from workflow_scheduler.triggers.spec import describe, parse_spec

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
        ("0 0 * * sun-sun", [1, 8, 15]),
        ("0 0 * * 1-5", [2, 3, 4, 5, 6, 9]),
        ("0 0 13 * fri", [6, 13, 20, 27]),  # day of month OR day of week
        ("0 0 13 * *", [13]),
        ("0 0 * nov MON", [2, 9]),
        ("0 0 1-10/3 * *", [1, 4, 7, 10]),
        ("0 0 */2 * mon", [9, 23]),  # a star in front does not restrict: both must match
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
        ("*/0 * * * *", "minute"),
        ("* * * *", "has 4 fields"),
        ("0 0 0 * * *", "five"),
        ("@often", "@daily"),
        ("0 0 30 2 *", "never fires"),
        ("", "five"),
        ("٣ * * * *", "minute"),
        ("*/90 * * * *", "at most 59"),
        ("0 0 * * */8", "at most 7"),
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


@pytest.mark.parametrize("zone", [None, 5, "", "../x", "A" * 5000, "\0"])
def test_what_is_no_zone_is_refused(zone: object) -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        parse_spec({"cron": "@daily"}, zone)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({}, "exactly one"),
        ({"cron": "@daily", "every": "1h"}, "exactly one"),
        ({"every": "0s"}, "1 second to 366 days"),
        ({"every": True}, "is invalid"),
        ({"interval": True}, "not a number"),
        ({"interval": 10**400}, "not a number"),
        ({"interval": "nan"}, "1 second to 366 days"),
        ({"interval": -5}, "1 second to 366 days"),
        ({"every": "5h", "anchor": "junk"}, "anchor"),
        ({"every": "5h", "anchor": 5}, "anchor"),
        ({"every": "5h", "anchor": "2026-01-01T00:00:00"}, "anchor"),
        ({"every": "5h", "anchor": "0001-01-01T00:00:00+14:00"}, "anchor"),
        ({"at": "2026-13-01"}, "YYYY-MM-DD"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "1971 to 9998"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "1971 to 9998"),
    ],
)
def test_what_is_refused_says_what_is_allowed(spec: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_spec(spec, "UTC")


def test_minutes_are_a_number_in_the_normal_form() -> None:
    assert parse_spec({"interval": " 60 "}, "UTC") == {"interval": 60}
    assert parse_spec({"interval": "1.5"}, "UTC") == {"interval": 1.5}


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


@pytest.mark.parametrize("cron", ["* * * * *", "0-59 0-23 * * *", "0 1 * * *"])
def test_a_clock_far_ahead_is_counted_to_in_no_time(cron: str) -> None:
    trigger = build({"cron": cron}, "Europe/Berlin")
    before = time.thread_time()
    span = trigger.span(START, datetime(2200, 1, 1, tzinfo=UTC))
    # Work, not waiting: this takes 0.1 s, and listing the fires of two days a year takes 8.
    assert time.thread_time() - before < 2
    assert span is not None
    assert span.count > 60_000


@pytest.mark.parametrize("cron", ["*/7 * * * *", "30 2 * * *", "0 */5 1-20 * mon", "0-59 0-23 * * sun", "0 2,3 * * *"])
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_counting_agrees_with_listing(cron: str, zone: str) -> None:
    trigger = build({"cron": cron}, zone)
    start, end = datetime(2026, 2, 12, 11, 7, 30, 5, tzinfo=UTC), datetime(2026, 4, 20, 3, tzinfo=UTC)
    listed = 0
    moment = trigger.next_after(start)
    while moment is not None and moment <= end:
        listed, moment = listed + 1, trigger.next_after(moment)
    assert trigger.count(start, end) == listed


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize(
    "spec", [{"cron": "* * * * *"}, {"cron": "0 1 * * *"}, {"every": "90s", "anchor": "2026-11-01T00:00:00+00:00"}]
)
def test_the_end_of_the_calendar_is_no_error(spec: dict[str, str], zone: str) -> None:
    trigger = build(spec, zone)
    end = datetime.max.replace(tzinfo=UTC)
    assert trigger.next_after(end) is None
    assert len(trigger.latest(end - timedelta(days=6), end, 2)) == 2
    # Windows' C library, which APScheduler's interval asks, ends with the year 3000.
    reached = sys.platform != "win32" or "cron" in spec
    assert (trigger.span(end - timedelta(days=6), end) is not None) == reached


def test_centuries_without_a_leap_day_are_passed() -> None:
    fires = preview({"cron": "0 0 29 2 *"}, "America/New_York", datetime(2096, 3, 1, tzinfo=UTC), 1)
    assert fires == [datetime(2104, 2, 29, 5, tzinfo=UTC)]


def test_apscheduler_runs_it() -> None:
    fired = threading.Event()
    scheduler = BackgroundScheduler(timezone="Asia/Kathmandu")
    daily = scheduler.add_job(print, build({"cron": "15 2 * * *"}, "Europe/Berlin"))
    anchor = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    scheduler.add_job(fired.set, build({"every": "1s", "anchor": anchor}, "UTC"))
    scheduler.start()
    try:
        assert daily.next_run_time.astimezone(ZoneInfo("Europe/Berlin")).time() in (clock_time(2, 15), clock_time(3))
        assert fired.wait(PATIENCE)
    finally:
        scheduler.shutdown()


def test_it_is_an_apscheduler_trigger() -> None:
    trigger = build({"cron": "0 1 * * *"}, "UTC")
    now = datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, now) == now
    assert trigger.get_next_fire_time(now, now) == now + timedelta(days=1)


@pytest.mark.parametrize(("stored", "seconds"), [("90", 90), ("1h30", 3630), ("5m", 300)])
def test_an_interval_that_was_stored_without_its_unit_still_counts_seconds(stored: str, seconds: int) -> None:
    anchor = datetime(2026, 1, 1, tzinfo=UTC)
    spec = {"every": stored, "anchor": anchor.isoformat()}
    assert build(spec, "UTC").next_after(anchor) == anchor + timedelta(seconds=seconds)
    again = parse_spec(written(spec), "UTC")
    assert build({**again, "anchor": anchor.isoformat()}, "UTC").next_after(anchor) == anchor + timedelta(
        seconds=seconds
    )


@pytest.mark.parametrize("every", ["5", "1.5", "1h30", 90, " 7 "])
def test_an_interval_has_a_unit(every: object) -> None:
    with pytest.raises(InvalidInput, match=r"has no unit|is invalid"):
        parse_spec({"every": every}, "UTC")


def test_one_field_is_checked_by_itself() -> None:
    check_field("day-of-month", "?")
    check_field("day-of-week", "fri#2,mon")
    check_field("minute", "*/5")
    for name, part in (("minute", "?"), ("minute", "60"), ("day-of-month", "32"), ("day-of-week", "fri#6")):
        with pytest.raises(InvalidInput, match=name):
            check_field(name, part)


def test_a_fire_at_the_end_of_a_span_belongs_to_it() -> None:
    moment = datetime(2026, 11, 2, 3, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    every = {"every": "100d", "anchor": (moment - timedelta(days=100)).isoformat()}
    for spec in ({"at": "2026-11-02 03:00:00"}, {"cron": "0 3 2 11 *"}, every):
        trigger = build(spec, "UTC")
        assert trigger.count(moment - tick, moment) == 1
        assert trigger.latest(moment - tick, moment, 1) == [moment]
        assert trigger.count(moment - timedelta(hours=1), moment - tick) == 0
        assert trigger.count(moment, moment + timedelta(hours=1)) == 0
