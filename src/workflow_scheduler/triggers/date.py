"""Once, on APScheduler's DateTrigger."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.date import DateTrigger

from .base import Shift, Trigger
from .wall_clock import instant_of, shift_of

__all__ = ["OnceTrigger"]


class OnceTrigger(Trigger):
    """Fires at one instant."""

    __slots__ = ("_shift", "_timer")

    def __init__(self, instant: datetime, shift: Shift | None = None) -> None:
        self._timer = DateTrigger(instant.astimezone(UTC), timezone=UTC)
        self._shift = shift

    @classmethod
    def on_clock(cls, wall: datetime, zone: ZoneInfo) -> OnceTrigger:
        """The trigger for a wall-clock time of the zone."""
        instant = instant_of(wall, zone)
        return cls(instant, shift_of(instant, zone, lambda low, high: wall if low <= wall < high else None))

    def shift(self, fire: datetime) -> Shift | None:
        return self._shift

    def __str__(self) -> str:
        return str(self._timer)

    def next_after(self, moment: datetime) -> datetime | None:
        found: datetime = self._timer.get_next_fire_time(None, moment)
        return found if found > moment else None

    def count(self, after: datetime, until: datetime) -> int:
        found = self.next_after(after)
        return int(found is not None and found <= until)
