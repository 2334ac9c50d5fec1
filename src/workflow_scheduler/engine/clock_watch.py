"""Notices that somebody set the clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

__all__ = ["ClockWatch"]

CLOCK_JUMP = timedelta(seconds=60)
CLOCK_TRUSTED_AFTER = 3600.0
"""Seconds after the clock was set."""


class ClockWatch:
    """Holds the clock against the time that went by."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self._set_at = -CLOCK_TRUSTED_AFTER

    @property
    def trusted(self) -> bool:
        """False for a while after it was set: it may be wrong, and what is forgotten for its age does not come back."""
        return time.monotonic() - self._set_at > CLOCK_TRUSTED_AFTER

    def look(self, now: datetime) -> timedelta | None:
        """By how much the clock was set since the last look; None if it just went on."""
        last, self._last = self._last, (now, time.monotonic())
        if last is None:
            return None
        jump = (now - last[0]) - timedelta(seconds=self._last[1] - last[1])
        if abs(jump) <= CLOCK_JUMP:
            return None
        self._set_at = self._last[1]
        return jump
