"""The nth business day of a week, month, quarter or year, as a calendar counts them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.spec_names import PERIODS

from .base import Trigger
from .wall_clock import instant_of
from .wall_times import WallTimesTrigger

__all__ = ["business_day_trigger", "fire_of_period", "nth_business_day"]

_DAY = timedelta(days=1)


def business_day_trigger(asked: Mapping[str, Any], timezone: str, days: Days) -> WallTimesTrigger:
    nth, of = asked["nth"], asked["of"]
    known: dict[date, date | None] = {}

    def matches(day: date) -> bool:
        first = _first_of(day, of)
        if first not in known:
            known[first] = nth_business_day(days, first, _last_of(first, of), nth)
        return known[first] == day

    return WallTimesTrigger([time.fromisoformat(asked["time"])], matches, timezone, f"{nth} of {of}")


def nth_business_day(days: Days, first: date, last: date, nth: int) -> date | None:
    """The nth open day between the two, from the end if `nth` is negative. None if there are fewer, or if the
    calendar does not reach as far."""
    day, step, left = (first, _DAY, nth) if nth > 0 else (last, -_DAY, -nth)
    while first <= day <= last:
        row = days.find(day)
        if row is None:
            return None
        left -= row.open
        if not left:
            return day
        day += step
    return None


def fire_of_period(trigger: Trigger, asked: Mapping[str, Any], timezone: str, now: datetime) -> datetime | None:
    """The fire of the period in which `now` is; None if it has none. `trigger`: of business days."""
    zone = ZoneInfo(timezone)
    first = _first_of(now.astimezone(zone).date(), asked["of"])
    begin, end = (
        instant_of(datetime.combine(day, time()), zone) for day in (first, _last_of(first, asked["of"]) + _DAY)
    )
    found = trigger.next_after(begin - timedelta(microseconds=1))
    return found if found is not None and found < end else None


def _first_of(day: date, of: str) -> date:
    if of == "week":
        return day - day.weekday() * _DAY
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[of]
    return date(day.year, month, 1)


def _last_of(first: date, of: str) -> date:
    return _first_of(first + PERIODS[of] * _DAY, of) - _DAY
