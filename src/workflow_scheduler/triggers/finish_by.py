"""When a `finish_by` is: a wall-clock time after a fire, by the zone's clocks and a calendar's open days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import SEARCHED, Days
from workflow_scheduler.domain.deadlines import FinishBy
from workflow_scheduler.domain.errors import InvalidInput

from .wall_clock import instant_of, real_instants

__all__ = ["finish_by"]

_DAY = timedelta(days=1)


def finish_by(
    asked: FinishBy, nominal: datetime, due: datetime, timezone: str, calendars: Mapping[str, Days]
) -> datetime:
    """The first such time after the nominal one. A deadline is generous: in a spring gap the gap's end, in an autumn fold the
    second occurrence. A fire that is due later than that, as it was moved to another day, has the first one after it is due.

    InvalidInput if the calendar does not know the days."""
    found = _after(asked, nominal, timezone, calendars)
    return found if nominal <= due < found or due == nominal else _after(asked, due, timezone, calendars)


def _after(asked: FinishBy, moment: datetime, timezone: str, calendars: Mapping[str, Days]) -> datetime:
    return _next(asked, moment, timezone) if asked.calendar is None else _search(asked, moment, timezone, calendars)


@lru_cache(maxsize=256)  # many schedules are due at the same times
def _next(asked: FinishBy, moment: datetime, timezone: str) -> datetime:
    return _search(asked, moment, timezone, {})


def _search(asked: FinishBy, moment: datetime, timezone: str, calendars: Mapping[str, Days]) -> datetime:
    zone = ZoneInfo(timezone)
    day = moment.astimezone(zone).date()
    if asked.business_day:
        return _instant(asked, _open_day(asked, day + _DAY, asked.business_day, calendars), zone)
    while (found := _instant(asked, _open_day(asked, day, 1, calendars), zone)) <= moment:
        day += _DAY
    return found


def _instant(asked: FinishBy, day: date, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time(asked.hour, asked.minute))
    return (real_instants(wall, zone) or [instant_of(wall, zone)])[-1]


def _open_day(asked: FinishBy, first: date, count: int, calendars: Mapping[str, Days]) -> date:
    """The open day of that number from `first` on; without a calendar each day is open."""
    if asked.calendar is None:
        return first
    days = calendars.get(asked.calendar)
    if days is None:
        raise InvalidInput(f"There is no calendar {asked.calendar!r}; apply it, or choose another for the deadline.")
    open_days = days.open_days(first, first + (SEARCHED + 2 * count) * _DAY)
    if len(open_days) < count:
        raise InvalidInput(f"The calendar {asked.calendar} has no data for the open days after {first}.")
    return open_days[count - 1]
