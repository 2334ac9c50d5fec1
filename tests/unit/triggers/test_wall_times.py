"""Several times of the day, and every few days at a time of the day: their specs, their words, and the changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.triggers.fire_times import build, preview
from workflow_scheduler.triggers.spec import anchored, describe, parse_spec
from workflow_scheduler.triggers.warnings import warnings_of

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def walls(spec: dict, start: str, count: int, zone: str = BERLIN) -> list[str]:
    fires = preview(parse_spec(spec, zone), zone, at(start), count)
    return [f"{fire.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for fire in fires]


def test_times_on_days_of_the_week() -> None:
    spec = {"times": "12:30, 6:00 06:00", "days": "Mon-Fri"}
    assert parse_spec(spec, BERLIN) == {"times": ["06:00", "12:30"], "days": "mon-fri"}
    assert describe(parse_spec(spec, BERLIN), BERLIN) == "At 06:00 and 12:30, Monday through Friday"
    assert walls(spec, "2026-11-27T06:00", 3) == ["11-27 12:30", "11-30 06:00", "11-30 12:30"]


def test_times_that_a_spring_gap_skips_are_one_fire_at_its_end() -> None:
    spec = {"times": ["01:30", "02:15", "02:45", "03:30"]}
    assert walls(spec, "2027-03-27T12:00", 4) == ["03-28 01:30", "03-28 03:00", "03-28 03:30", "03-29 01:30"]
    assert walls(spec, "2027-10-30T12:00", 5)[:4] == ["10-31 01:30", "10-31 02:15", "10-31 02:45", "10-31 03:30"]
    assert "03:00" in warnings_of(spec, BERLIN, at("2026-11-24T00:00"))[0]


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize(
    "spec",
    [
        {"times": ["00:00", "02:15", "02:45", "23:59"], "days": "sat,sun"},
        {"every": "3d", "at_time": "02:30", "starting": "2026-01-03"},
        {"every": "1d", "at_time": "00:00", "starting": "2026-01-01"},
    ],
)
def test_counting_comes_to_what_listing_does(zone: str, spec: dict) -> None:
    trigger = build(parse_spec(spec, zone), zone)
    start = at("2026-01-02T11:00")
    fires, moment = [], start
    while (moment := trigger.next_after(moment)) is not None and moment < start + 400 * DAY:
        fires.append(moment)
    assert len(fires) > 100
    for after, until in (
        (start, start + 400 * DAY - timedelta(microseconds=1)),
        (fires[3], fires[90]),
        (fires[7], fires[8]),
    ):
        assert trigger.count(after, until) == len([fire for fire in fires if after < fire <= until])
        assert trigger.latest(after, until, 2) == [fire for fire in fires if after < fire <= until][-2:]


def test_every_few_days_at_a_time_keeps_its_anchor_and_the_wall_time() -> None:
    spec = {"every": "3d", "at_time": "02:30", "starting": "2027-03-25"}
    assert walls(spec, "2027-03-20T00:00", 3) == ["03-25 02:30", "03-28 03:00", "03-31 02:30"]
    assert describe(parse_spec(spec, BERLIN), BERLIN) == "Every 3 days at 02:30, from 2027-03-25"
    two_weeks = {"every": "2w", "at_time": "06:00", "starting": "2026-10-19"}
    assert walls(two_weeks, "2026-10-20T00:00", 2) == ["11-02 06:00", "11-16 06:00"]


@pytest.mark.parametrize(("now", "first"), [("2026-11-24T01:00", "11-24 02:30"), ("2026-11-24T03:00", "11-25 02:30")])
def test_without_a_date_it_begins_with_the_next_one(now: str, first: str) -> None:
    spec = parse_spec({"every": "3d", "at_time": "02:30"}, BERLIN)
    begun = anchored(spec, BERLIN, at(now, BERLIN))
    fires = preview(begun, BERLIN, at(now, BERLIN), 2)
    assert f"{fires[0].astimezone(ZoneInfo(BERLIN)):%m-%d %H:%M}" == first
    assert fires[1] - fires[0] == 3 * DAY
    assert anchored(begun, BERLIN, at("2030-01-01T00:00")) == begun


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"times": []}, "times lists 1 to 100 times of the day"),
        ({"times": ["24:00"]}, "'24:00' is invalid; write HH:MM"),
        ({"times": ["06:00"], "days": "noday"}, "day-of-week"),
        ({"days": "mon"}, "Give exactly one of"),
        ({"cron": "@daily", "days": "mon"}, "days belongs to times"),
        ({"every": "90m", "at_time": "06:00"}, "at_time needs whole days"),
        ({"every": "3d", "starting": "2026-01-01"}, "starting belongs to at_time"),
        ({"every": "3d", "at_time": "06:00", "starting": "2026-02-30"}, "'2026-02-30' is invalid"),
        ({"business_day": {"nth": 0}}, "number of the business day is '0'"),
        ({"business_day": {"nth": 32, "of": "month"}}, "up to 31"),
        ({"business_day": {"nth": 1, "of": "decade"}}, "week, month, quarter or year"),
        ({"business_day": {"first": 1}}, "business_day has nth, of and time"),
        ({"business_day": "last"}, "business_day has nth, of and time"),
    ],
)
def test_what_is_refused(spec: dict, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_spec(spec, BERLIN)


@pytest.mark.parametrize(
    ("nth", "words"), [(1, "first"), (3, "third"), (11, "11th"), (22, "22nd"), (-1, "last"), (-2, "second last")]
)
def test_business_days_in_words(nth: int, words: str) -> None:
    spec = parse_spec({"business_day": {"nth": nth, "time": "6:00"}}, BERLIN)
    assert describe(spec, BERLIN) == f"At 06:00 on the {words} business day of the month"
