"""Once, on APScheduler's DateTrigger."""

from __future__ import annotations

from datetime import UTC, datetime

from apscheduler.triggers.date import DateTrigger

from .base import Trigger

__all__ = ["OnceTrigger"]


class OnceTrigger(Trigger):
    """Fires at one instant."""

    __slots__ = ("_timer",)

    def __init__(self, instant: datetime) -> None:
        self._timer = DateTrigger(instant.astimezone(UTC), timezone=UTC)

    def __str__(self) -> str:
        return str(self._timer)

    def next_after(self, moment: datetime) -> datetime | None:
        found: datetime = self._timer.get_next_fire_time(None, moment)
        return found if found > moment else None

    def count(self, after: datetime, until: datetime) -> int:
        found = self.next_after(after)
        return int(found is not None and found <= until)
