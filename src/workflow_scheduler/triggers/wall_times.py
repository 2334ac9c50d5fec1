"""Fixed times of the day on days that a rule names, with the clock rules of cron."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import MAXYEAR, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .crontab import CrontabTrigger

__all__ = ["WallTimesTrigger"]

_DAY = timedelta(days=1)
_FARTHEST = 366
"""Days between two fires, at most."""


class _Days:
    """The part of cron's fields that says which days match."""

    def __init__(self, matches: Callable[[date], bool]) -> None:
        self.matches = matches


class WallTimesTrigger(CrontabTrigger):
    """Fires at each of the times on each day that matches. `words`: the rule, for people."""

    __slots__ = ("_times", "_words")

    def __init__(self, times: Sequence[time], matches: Callable[[date], bool], timezone: str, words: str) -> None:
        self.fields = _Days(matches)  # type: ignore[assignment]
        self._times = sorted(times)
        self._per_day = len(times)
        self._fixed = True
        self._zone = ZoneInfo(timezone)
        self._words = words

    def __str__(self) -> str:
        return f"times[{self._words} {self._zone}]"

    def _next_wall(self, wall: datetime) -> datetime:
        day = wall.date()
        for _ in range(_FARTHEST + 1):
            if day.year >= MAXYEAR:
                break
            if self.fields.matches(day):
                for moment in self._times:
                    if (found := datetime.combine(day, moment)) > wall:
                        return found
            day += _DAY
        raise StopIteration

    def _earlier(self, wall: datetime) -> int:
        if not self.fields.matches(wall.date()):
            return 0
        return sum(moment < wall.time() for moment in self._times)
