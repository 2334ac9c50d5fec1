"""When the hours in which a backfill may start runs begin, by the clocks of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.backfill import Window

from .wall_clock import real_instants, stretches

__all__ = ["is_open", "opens_after"]

_DAY = timedelta(days=1)
_FARTHEST = 4
"""Days in which every window opens: a zone may skip one, and its clocks may skip the window of another."""


def is_open(window: Window, now: datetime, timezone: str) -> bool:
    return window.contains(now.astimezone(ZoneInfo(timezone)).time())


def opens_after(window: Window, now: datetime, timezone: str) -> datetime:
    """The first time after `now` at which the window opens; `now` is outside of it."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    starts = [datetime.combine(today + day * _DAY, window.start) for day in range(_FARTHEST + 1)]
    # Clocks that change may enter the window without showing its start.
    changes = [start for start, _, _ in stretches(now, now + _FARTHEST * _DAY, zone)][1:]
    instants = [instant for start in starts for instant in real_instants(start, zone)] + changes
    return min(instant.astimezone(UTC) for instant in instants if instant > now and is_open(window, instant, timezone))
