"""The crontab trigger against a reference that looks at every minute. SCHEDULER_BRUTE_FORCE=all
takes every zone and every change of its clock in ten years."""

from __future__ import annotations

import functools
import os
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from workflow_scheduler.triggers.fire_times import build

ALL = os.environ.get("SCHEDULER_BRUTE_FORCE") == "all"
DAY = timedelta(days=1)


def last_weekday(day: datetime) -> bool:
    """Whether no other day from Monday to Friday comes in its month."""
    later = (day + number * DAY for number in range(1, 4))
    return day.weekday() < 5 and not any(
        later_day.month == day.month and later_day.weekday() < 5 for later_day in later
    )


EXPRESSIONS = {
    "0 0 * * *": (False, lambda t: t.hour == 0 and t.minute == 0),
    "15 2 * * *": (False, lambda t: t.hour == 2 and t.minute == 15),
    "30 1 * * *": (False, lambda t: t.hour == 1 and t.minute == 30),
    "30 23 * * *": (False, lambda t: t.hour == 23 and t.minute == 30),
    "5,50 0-3 * * *": (False, lambda t: t.hour <= 3 and t.minute in (5, 50)),
    "0 12 1 * mon": (False, lambda t: t.hour == 12 and t.minute == 0 and (t.day == 1 or t.weekday() == 0)),
    "45 0 31 * *": (False, lambda t: t.hour == 0 and t.minute == 45 and t.day == 31),
    "0 * * * *": (True, lambda t: t.minute == 0),
    "*/20 * * * *": (True, lambda t: t.minute % 20 == 0),
    "*/30 2 * * *": (True, lambda t: t.hour == 2 and t.minute % 30 == 0),
    "10 */6 * * sun": (True, lambda t: t.hour % 6 == 0 and t.minute == 10 and t.weekday() == 6),
    "* 1 * 3,10 *": (True, lambda t: t.hour == 1 and t.month in (3, 10)),
    "0-59 0-23 * * *": (False, lambda t: True),
    "0 22-4 ? * fri-mon": (
        False,
        lambda t: t.minute == 0 and (t.hour >= 22 or t.hour <= 4) and t.weekday() in (4, 5, 6, 0),
    ),
    "50-10/15 * * * *": (True, lambda t: t.minute in (50, 5)),
    "5/15 2 * * *": (False, lambda t: t.hour == 2 and t.minute in (5, 20, 35, 50)),
    "30 2 L * *": (False, lambda t: (t.hour, t.minute) == (2, 30) and (t + DAY).day == 1),
    "30 2 L-3 * *": (False, lambda t: (t.hour, t.minute) == (2, 30) and (t + 4 * DAY).day == 1),
    "0 12 LW * *": (False, lambda t: (t.hour, t.minute) == (12, 0) and last_weekday(t)),
    "0 3 * * 7L": (
        False,
        lambda t: (t.hour, t.minute) == (3, 0) and t.weekday() == 6 and (t + 7 * DAY).month != t.month,
    ),
    "0 3 * october-march friL": (
        False,
        lambda t: (
            (t.hour, t.minute) == (3, 0)
            and t.weekday() == 4
            and (t + 7 * DAY).month != t.month
            and t.month in (10, 11, 12, 1, 2, 3)
        ),
    ),
    "*/20 1 * * SUNDAY#2": (
        True,
        lambda t: t.hour == 1 and t.minute % 20 == 0 and t.weekday() == 6 and 8 <= t.day <= 14,
    ),
}
MINUTE = timedelta(minutes=1)


@functools.cache
def clock(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[list[tuple[datetime, datetime]], datetime]:
    """Every real minute up to `end` with its wall clock, from a day before `start`, so that a repeated hour is known
    as such; and the wall clock one minute earlier."""
    moment = start.replace(second=0, microsecond=0) - timedelta(days=1, hours=2)
    before = moment.astimezone(zone).replace(tzinfo=None)
    minutes = []
    while (moment := moment + MINUTE) <= end:
        minutes.append((moment, moment.astimezone(zone).replace(tzinfo=None)))
    return minutes, before


def reference(zone: ZoneInfo, start: datetime, end: datetime, real: bool, matches) -> list[datetime]:
    """Every real minute in (start, end] whose wall clock matches; for fixed times also what a gap skipped, at its end,
    and nothing that the wall clock showed before."""
    fires = []
    minutes, latest = clock(zone, start, end)
    for moment, wall in minutes:
        if real:
            hit = matches(wall)
        else:
            hit, shown = False, latest + MINUTE
            while shown <= wall:
                hit = hit or matches(shown)
                shown += MINUTE
            latest = max(latest, wall)
        if hit and moment > start:
            fires.append(moment)
    return fires


def changes(zone: ZoneInfo, first: int, last: int) -> list[datetime]:
    """The days on which the zone changes its clock."""
    found = []
    day = datetime(first, 1, 1, tzinfo=UTC)
    while day.year < last:
        following = day + timedelta(days=1)
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(day)
        day = following
    return found


def zones() -> list[str]:
    known = sorted(name for name in available_timezones() if name not in ("localtime", "Factory"))
    if ALL:
        return known
    always = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"]
    return [*always, "Pacific/Apia", *random.Random(7).sample(known, 14)]


@pytest.mark.timeout(0 if ALL else 120)
@pytest.mark.parametrize("name", zones())
def test_every_minute_agrees(name: str) -> None:
    zone = ZoneInfo(name)
    days = changes(zone, 2020, 2030) if ALL else changes(zone, 2025, 2028)[:3]
    if name == "Pacific/Apia":
        days.append(datetime(2011, 12, 29, tzinfo=UTC))
    # Two ends of months, of which one falls on a weekend.
    days += [datetime(2026, 6, 30, tzinfo=UTC), datetime(2026, 5, 29, tzinfo=UTC)]
    for cron, (real, matches) in EXPRESSIONS.items():
        trigger = build({"cron": cron}, name)
        for number, day in enumerate(days):
            # Ends inside repeated and skipped hours, on and off the minute.
            start = day - timedelta(hours=14) + timedelta(minutes=37 * number, microseconds=number % 2)
            end = day + timedelta(days=2, minutes=37 * number)
            expected = reference(zone, start, end, real, matches)
            assert trigger.latest(start, end, 10_000) == expected, (name, cron, day)
            assert trigger.count(start, end) == len(expected), (name, cron, day)
