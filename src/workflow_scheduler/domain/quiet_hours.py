"""The hours in which messages are held."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo

from .quick_dataclass import dataclass

__all__ = ["QuietHours"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another, past midnight if that is earlier. `exempt`: labels of workflows that are told
    of at any time."""

    start: time
    end: time
    exempt: tuple[str, ...] = ()

    def until(self, now: datetime, zone: tzinfo, labels: Iterable[str] = ()) -> datetime | None:
        """When a message of now may be sent; None: at once."""
        if any(label in self.exempt for label in labels):
            return None
        local = now.astimezone(zone)
        at = local.time()
        if self.start <= self.end:
            if not self.start <= at < self.end:
                return None
        elif self.end <= at < self.start:
            return None
        day = local.date() + timedelta(days=at >= self.end)
        end = datetime.combine(day, self.end, zone)
        if end.astimezone(UTC) <= now:  # the clocks show this hour for the second time
            end = end.replace(fold=1)
        return end.astimezone(UTC)
