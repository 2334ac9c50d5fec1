"""Why a spec does not fire at a time, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .cron_fields import NAMES, WEEK, CronFields
from .cron_search import fields_of
from .spec import check_stored, seconds_of

__all__ = ["mismatches"]


def mismatches(spec: Mapping[str, Any], timezone: str, at: datetime) -> list[str]:
    """The parts of the spec that the time does not match; empty if it cannot be told by parts."""
    normal = check_stored(spec, timezone)
    wall = at.astimezone(ZoneInfo(timezone))
    if "cron" in normal:
        return list(_of_cron(fields_of(str(normal["cron"])), wall))
    if "times" in normal:
        return list(_of_times(normal, wall))
    if "business_day" in normal:
        return list(_of_clock(wall, [normal["business_day"]["time"]])) or ["it is not that business day"]
    if "at_time" in normal:
        return list(_of_clock(wall, [normal["at_time"]])) or ["it is not one of its days"]
    if "at" in normal:
        return [f"it fires once, at {normal['at']}"]
    if "at_start" in normal:
        return ["it fires at a start, and not at times"]
    if "anchor" not in normal:
        return []
    step = seconds_of(normal)
    over = (at - datetime.fromisoformat(normal["anchor"])).total_seconds() % step
    return [f"it is {over:g} s after a multiple of {step:g} s from {normal['anchor']}"] if over else []


def _of_cron(fields: CronFields, wall: datetime) -> Iterator[str]:
    texts = dict(zip(NAMES, fields.expression.split(), strict=True))
    if wall.second or wall.microsecond:
        yield f"second {wall.second} is not 0"
    for name, value, allowed in (("minute", wall.minute, fields.minutes), ("hour", wall.hour, fields.hours)):
        if value not in allowed:
            yield f"{name} {value} is not in {texts[name]}"
    if wall.month not in fields.months:
        yield f"month {wall.month} is not in {texts['month']}"
    elif not fields.matches(wall.date()):
        day, weekday = texts["day-of-month"], texts["day-of-week"]
        name = WEEK[wall.isoweekday() % 7]
        if day == "*":
            yield f"{name} is not in day-of-week {weekday}"
        elif weekday == "*":
            yield f"day {wall.day} is not in day-of-month {day}"
        else:
            both = "and" if fields.both_days else "or"
            yield f"{name}, day {wall.day}, is not in day-of-month {day} {both} day-of-week {weekday}"


def _of_times(normal: Mapping[str, Any], wall: datetime) -> Iterator[str]:
    yield from _of_clock(wall, normal["times"])
    days = normal.get("days", "*")
    if not fields_of(f"0 0 * * {days}").matches(wall.date()):
        yield f"{WEEK[wall.isoweekday() % 7]} is not in days {days}"


def _of_clock(wall: datetime, times: list[str]) -> Iterator[str]:
    if wall.second or wall.microsecond or f"{wall:%H:%M}" not in times:
        yield f"{wall:%H:%M:%S} is not in {', '.join(times)}"
