"""Five-field cron on the library cronsim, with the clock rules that cron documents.

Sources: POSIX `crontab` (fields; day of month OR day of week when both are restricted) and Debian's cron(8) for
the changes of the clock: a job at a fixed time runs once, a job with a wildcard hour or minute runs by real time.
"""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from workflow_scheduler.domain.errors import InvalidInput

from .base import Trigger
from .walls import first_change, instant_of, offset_at, real_instants

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
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
# No zone ever repeated more than a day; beyond this no wall-clock time before the present one comes back.
_REPEATED = timedelta(hours=26)
_REFERENCE = datetime(2024, 1, 1)  # noqa: DTZ001  a wall clock


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
    parts[4] = parts[4].lower().replace("-sun", "-7")
    expression = " ".join(parts)
    try:
        next(CronSim(expression, _REFERENCE))
    except (CronSimError, StopIteration):
        raise InvalidInput(f"The cron expression {shown[:60]!r} never fires: no such day exists.") from None
    return expression


def _check_field(name: str, part: str) -> None:
    around = dict.fromkeys(_FIELDS, "*")
    around[name] = part.lower().replace("-sun", "-7") if name == "day-of-week" else part
    try:
        if not part.isascii() or len(part) > 200:
            raise CronSimError
        CronSim(" ".join(around.values()), _REFERENCE)
    except (CronSimError, ValueError, AssertionError):
        raise InvalidInput(
            f"The cron field {name} is {part[:40]!r}; allowed are {_FIELDS[name]}, '*', lists (1,2), "
            "ranges (1-5, from low to high) and steps (*/15)."
        ) from None


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
        self._zone = ZoneInfo(timezone)
        minute, hour = self._expression.split()[:2]
        self._fixed = not minute.startswith("*") and not hour.startswith("*")
        self._per_day = len(self._fields.minutes) * len(self._fields.hours)

    def __str__(self) -> str:
        return f"cron[{self._expression} {self._zone}]"

    def next_after(self, moment: datetime) -> datetime | None:
        try:
            return self._next_fixed(moment) if self._fixed else self._next_real(moment)
        except (StopIteration, OverflowError, ValueError):
            return None  # the calendar ends with the year 9999

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
        """Day by day; only days on which the clocks change, and the two ends, are listed fire by fire."""
        zone = self._zone
        day = after.astimezone(zone).date() + 2 * _DAY
        end = until.astimezone(zone).date() - _DAY
        if day >= end:
            return self._listed(after, until)
        total = self._listed(after, self._midnight(day) - _SECOND)
        start, length_before = self._midnight(day), self._midnight(day) - self._midnight(day - _DAY)
        while day < end:
            following = self._midnight(day + _DAY)
            length = following - start
            if length == length_before == _DAY:
                total += self._per_day if self._matches(day) else 0
            else:
                total += self._listed(start - _SECOND, following - _SECOND)
            day, start, length_before = day + _DAY, following, length
        return total + self._listed(start - _SECOND, until)

    def _midnight(self, day: date) -> datetime:
        return instant_of(datetime.combine(day, time()), self._zone)

    def _matches(self, day: date) -> bool:
        return day.month in self._fields.months and self._fields.match_day(day)

    def _listed(self, after: datetime, until: datetime) -> int:
        count, moment = 0, self.next_after(after)
        while moment is not None and moment <= until:
            count, moment = count + 1, self.next_after(moment)
        return count
