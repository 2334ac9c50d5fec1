"""Five-field cron on the library cronsim, with the clock rules that cron documents.

Sources: POSIX `crontab` (fields; day of month OR day of week when both are restricted) and Debian's cron(8) for
the changes of the clock: a job at a fixed time runs once, a job with a wildcard hour or minute runs by real time.
"""

from __future__ import annotations

import copy
import functools
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from workflow_scheduler.domain.errors import InvalidInput

from .base import Trigger
from .walls import first_change, instant_of, offset_at, real_instants, stretches

__all__ = ["CrontabTrigger", "from_fields", "normal_expression"]

_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = {
    "minute": "0-59",
    "hour": "0-23",
    "day-of-month": "1-31",
    "month": "1-12 or jan-dec",
    "day-of-week": "0-7 (0 and 7 are Sunday) or sun-sat",
}
_LONGEST_STEP = {"minute": 59, "hour": 23, "day-of-month": 31, "month": 12, "day-of-week": 7}
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_TICK = timedelta(microseconds=1)
# A day before the calendar ends, so that every zone can still show it.
_END = datetime(9999, 12, 30, tzinfo=UTC)
# No zone ever repeated more than a day; beyond this no wall-clock time before the present one comes back.
_REPEATED = timedelta(hours=26)
_REFERENCE = datetime(2024, 1, 1)  # noqa: DTZ001  a wall clock


@functools.lru_cache(maxsize=10_000)  # one definition is read several times, and many schedules share an expression
def normal_expression(text: str) -> str:
    """The five fields, checked. InvalidInput names the field that is wrong and what is allowed."""
    shown = text.strip()
    if shown.startswith("@"):
        if shown.lower() not in _NICKNAMES:
            raise InvalidInput(f"The cron word {shown[:40]!r} is not known; use one of {', '.join(_NICKNAMES)}.")
        return _NICKNAMES[shown.lower()]
    parts = shown.split()
    if len(parts) != len(_FIELDS):
        raise InvalidInput(
            f"The cron expression {shown[:60]!r} has {len(parts)} fields; write five: "
            "minute hour day-of-month month day-of-week, as in '0 1 * * mon-fri'."
        )
    for name, part in zip(_FIELDS, parts, strict=True):
        _check_field(name, part)
    parts[4] = _sunday_last(parts[4])
    expression = " ".join(parts)
    try:
        next(CronSim(expression, _REFERENCE))
    except (CronSimError, StopIteration):
        raise InvalidInput(f"The cron expression {shown[:60]!r} never fires: no such day exists.") from None
    return expression


def _check_field(name: str, part: str) -> None:
    around = dict.fromkeys(_FIELDS, "*")
    around[name] = _sunday_last(part) if name == "day-of-week" else part
    try:
        if not part.isascii() or len(part) > 200:
            raise CronSimError
        CronSim(" ".join(around.values()), _REFERENCE)
    except (CronSimError, ValueError, AssertionError):
        raise InvalidInput(
            f"The cron field {name} is {part[:40]!r}; allowed are {_FIELDS[name]}, '*', lists (1,2), "
            "ranges (1-5, from low to high) and steps (*/15)."
        ) from None
    longest = _LONGEST_STEP[name]
    if any(int(step) > longest for step in re.findall(r"/(\d+)", part)):
        raise InvalidInput(
            f"The cron field {name} is {part[:40]!r}, but a step starts anew with its field: use at most {longest}, "
            "or an interval such as 90m."
        )


def _sunday_last(part: str) -> str:
    """Sunday as 7 where a range ends with it; cronsim reads the name as 0 only."""
    return part.lower().replace("sun-sun", "0-0").replace("-sun", "-7")


@functools.lru_cache(maxsize=10_000)
def _shared(values: frozenset[Any]) -> frozenset[Any]:
    """The one object for these values: they take four fifths of a trigger's memory, and most are alike."""
    return values


def from_fields(day_of_week: str, hour: str, minute: str) -> str:
    """The expression for the three fields that the menu asks for. InvalidInput names the field that is wrong."""
    fields = {"day-of-week": day_of_week, "hour": hour, "minute": minute}
    cleaned = {name: "".join(text.split()) for name, text in fields.items()}
    for name, text in cleaned.items():
        _check_field(name, text)
    return normal_expression(f"{cleaned['minute']} {cleaned['hour']} * * {cleaned['day-of-week']}")


class CrontabTrigger(Trigger):
    """Fires when the clocks of a zone match an expression."""

    __slots__ = ("_expression", "_fields", "_fixed", "_per_day", "_zone")

    def __init__(self, expression: str, timezone: str) -> None:
        self._expression = normal_expression(expression)
        self._fields = CronSim(self._expression, _REFERENCE)
        for name in ("minutes", "hours", "days", "months", "weekdays"):
            setattr(self._fields, name, _shared(frozenset(getattr(self._fields, name))))
        self._zone = ZoneInfo(timezone)
        minute, hour = self._expression.split()[:2]
        self._fixed = not minute.startswith("*") and not hour.startswith("*")
        self._per_day = len(self._fields.minutes) * len(self._fields.hours)

    def __str__(self) -> str:
        return f"cron[{self._expression} {self._zone}]"

    @functools.lru_cache(maxsize=1_000)  # noqa: B019  many schedules share an expression, and the planner its triggers
    def next_after(self, moment: datetime) -> datetime | None:
        try:
            found = self._next_fixed(moment) if self._fixed else self._next_real(moment)
        except (StopIteration, OverflowError, ValueError):
            return None  # the calendar ends with the year 9999
        return found if found <= _END else None

    def _next_wall(self, wall: datetime) -> datetime:
        """The next match after a wall-clock time, zones left aside."""
        search = copy.copy(self._fields)
        search.dt = wall.replace(second=0, microsecond=0)
        return next(search)

    def _next_fixed(self, moment: datetime) -> datetime:
        wall = moment.astimezone(self._zone).replace(tzinfo=None, fold=0)
        while True:
            wall = self._next_wall(wall)
            instant = instant_of(wall, self._zone)
            if instant > moment:
                return instant

    def _next_real(self, moment: datetime) -> datetime:
        zone, base = self._zone, moment.astimezone(UTC)
        offset = offset_at(base, zone)
        wall = (base + offset).replace(tzinfo=None)
        while True:
            wall = self._next_wall(wall)
            instant = (wall - offset).replace(tzinfo=UTC)
            change = self._next_change(base, min(instant, base + _REPEATED))
            if change is not None:
                # Go on from the change, with the clock that it sets; its own first second counts.
                base, offset = change, offset_at(change, zone)
                wall = (base + offset).replace(tzinfo=None) - _SECOND
            elif instant <= base + _REPEATED:
                return instant
            elif later := [one for one in real_instants(wall, zone) if one > base]:
                return later[0]

    def _next_change(self, start: datetime, end: datetime) -> datetime | None:
        while start < end:
            step = min(start + _HOUR, end)
            if (change := first_change(start, step, self._zone)) is not None:
                return change
            start = step
        return None

    def count(self, after: datetime, until: datetime) -> int:
        """By arithmetic on the wall clock, from one change of the zone's offset to the next."""
        begin, end = after + _TICK, min(until, _END) + _TICK
        if begin >= end:
            return 0
        total, shown = 0, None
        # From before `begin`, to know which times a repeated hour has shown already.
        for start, stop, offset in stretches(begin - _REPEATED, end, self._zone):
            first, last = ((moment + offset).replace(tzinfo=None) for moment in (start, stop))
            low = max(first, (begin + offset).replace(tzinfo=None))
            if self._fixed and shown is not None:
                if first > shown and start >= begin:
                    # What a gap skipped is one fire at its end, together with a match at the end itself.
                    total += self._walls(shown, first) > 0 and not self._walls(first, first + _TICK)
                low = max(low, shown)
            total += self._walls(low, last)
            shown = last if shown is None else max(shown, last)
        return total

    def _walls(self, low: datetime, high: datetime) -> int:
        """How many matches there are in [low, high), zones left aside."""
        if low >= high:
            return 0
        first, last = low.toordinal(), high.toordinal()
        days = sum(map(self._matches, map(date.fromordinal, range(first, last))))
        return days * self._per_day + self._earlier(high) - self._earlier(low)

    def _earlier(self, wall: datetime) -> int:
        """How many matches its day has before a wall-clock time."""
        if not self._matches(wall):
            return 0
        minutes, hours = self._fields.minutes, self._fields.hours
        found = sum(hour < wall.hour for hour in hours) * len(minutes)
        if wall.hour in hours:
            partly = wall.second or wall.microsecond
            found += sum(minute < wall.minute for minute in minutes) + bool(partly and wall.minute in minutes)
        return found

    def _matches(self, day: date) -> bool:
        return day.month in self._fields.months and self._fields.match_day(day)
