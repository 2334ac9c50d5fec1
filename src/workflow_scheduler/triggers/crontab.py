"""Five-field cron with the clock rules that cron documents.

Sources: POSIX `crontab` (fields; day of month OR day of week when both are restricted) and Debian's cron(8) for
the changes of the clock: a job at a fixed time runs once, a job with a wildcard hour or minute runs by real time.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.quick_dataclass import dataclass

from .base import Shift, Trigger
from .cron_search import fields_of, next_match
from .wall_clock import first_change, instant_of, offset_at, real_instants, shift_of, stretches

__all__ = ["ClockChange", "CrontabTrigger"]

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_TICK = timedelta(microseconds=1)
# A day before the calendar ends, so that every zone can still show it.
_END = datetime(9999, 12, 30, tzinfo=UTC)
# No zone ever repeated more than a day; beyond this no wall-clock time before the present one comes back.
_REPEATED = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The clock is set from `before` to `behind`; `lost` or `doubled` fires count the fires that it affects."""

    before: datetime
    behind: datetime
    lost: int
    doubled: int


@functools.lru_cache(maxsize=8)  # many schedules are checked at the same time
def _pieces(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime, timedelta]]:
    return list(stretches(start, end, zone))


class CrontabTrigger(Trigger):
    """Fires when the clocks of a zone match an expression."""

    __slots__ = ("_fixed", "_per_day", "_zone", "fields")

    def __init__(self, expression: str, timezone: str) -> None:
        self.fields = fields_of(expression)
        self._zone = ZoneInfo(timezone)
        self._fixed = self.fields.fixed
        self._per_day = len(self.fields.minutes) * len(self.fields.hours)

    def __str__(self) -> str:
        return f"cron[{self.fields.expression} {self._zone}]"

    @functools.lru_cache(maxsize=1_000)  # noqa: B019  many schedules share an expression, and the planner its triggers
    def next_after(self, moment: datetime) -> datetime | None:
        try:
            found = self._next_fixed(moment) if self._fixed else self._next_real(moment)
        except (StopIteration, OverflowError, ValueError):
            return None  # the calendar ends with the year 9999
        return found if found <= _END else None

    def _next_wall(self, wall: datetime) -> datetime:
        """The next match after a wall-clock time, zones left aside."""
        return next_match(self.fields, wall)

    def _next_fixed(self, moment: datetime) -> datetime:
        wall = moment.astimezone(self._zone).replace(tzinfo=None, fold=0)
        while True:
            wall = self._next_wall(wall)
            instant = instant_of(wall, self._zone)
            if instant > moment:
                return instant

    def _next_real(self, moment: datetime) -> datetime:
        """The next match after an instant by real time, so that no clock change drops or doubles a fire."""
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
            elif later := [instant for instant in real_instants(wall, zone) if instant > base]:
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
        """The number of matches in [low, high), regardless of zones."""
        if low >= high:
            return 0
        first, last = low.toordinal(), high.toordinal()
        days = sum(map(self.fields.matches, map(date.fromordinal, range(first, last))))
        return days * self._per_day + self._earlier(high) - self._earlier(low)

    def _earlier(self, wall: datetime) -> int:
        """The number of matches on its day before a wall-clock time."""
        if not self.fields.matches(wall):
            return 0
        minutes, hours = self.fields.minutes, self.fields.hours
        found = sum(hour < wall.hour for hour in hours) * len(minutes)
        if wall.hour in hours:
            partly = wall.second or wall.microsecond
            found += sum(minute < wall.minute for minute in minutes) + bool(partly and wall.minute in minutes)
        return found

    def shift(self, fire: datetime) -> Shift | None:
        return shift_of(fire, self._zone, self._skipped if self._fixed else None)

    def _skipped(self, low: datetime, high: datetime) -> datetime | None:
        """The first match in [low, high), regardless of zones."""
        return self._next_wall(low - _SECOND) if self._walls(low, high) else None

    def clock_changes(self, after: datetime, until: datetime) -> Iterator[ClockChange]:
        """The clock changes in (after, until) that drop or double fires. An expression for every hour follows real
        time, so none affects it."""
        if not self._fixed and len(self.fields.hours) == 24:
            return
        pieces = _pieces(after, until, self._zone)
        for (_, at, old), (_, _, new) in itertools.pairwise(pieces):
            before, behind = ((at + offset).replace(tzinfo=None) for offset in (old, new))
            if before < behind:
                skipped = self._walls(before, behind)
                # Fixed times of a gap are one fire at its end, together with a match at the end itself.
                lost = skipped - 1 + self._walls(behind, behind + _TICK) if self._fixed and skipped else skipped
                doubled = 0
            else:
                lost, doubled = 0, 0 if self._fixed else self._walls(behind, before)
            if lost or doubled:
                yield ClockChange(before, behind, lost, doubled)
