"""A fixed interval from an anchor, on APScheduler's IntervalTrigger. Anchored in UTC: no drift, no clock change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger

from .base import Trigger

__all__ = ["EveryTrigger"]


class EveryTrigger(Trigger):
    """Fires one interval after the anchor, and then each interval."""

    __slots__ = ("_first", "_interval", "_timer")

    def __init__(self, seconds: float, anchor: datetime) -> None:
        self._interval = timedelta(seconds=seconds)
        self._first = anchor.astimezone(UTC) + self._interval
        self._timer = IntervalTrigger(seconds=seconds, start_date=self._first, timezone=UTC)
        # APScheduler keeps whole seconds only; ours may have fractions.
        self._timer.interval, self._timer.interval_length = self._interval, seconds

    def __str__(self) -> str:
        return f"interval[{self._interval}]"

    def next_after(self, moment: datetime) -> datetime | None:
        try:
            found: datetime | None = self._timer.get_next_fire_time(None, moment + timedelta(microseconds=1))
        except (OverflowError, ValueError, OSError):
            return None  # the calendar ends with the year 9999, that of Windows' C library with 3000
        return found

    def latest(self, after: datetime, until: datetime, most: int) -> list[datetime]:
        number = (until - self._first) // self._interval
        found = [self._first + self._interval * step for step in range(max(0, number - most + 1), number + 1)]
        return [fire for fire in found if fire > after]

    def count(self, after: datetime, until: datetime) -> int:
        last = (until - self._first) // self._interval
        before = (after - self._first) // self._interval
        return max(0, last - max(before, -1))
