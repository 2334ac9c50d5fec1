"""Notices changes of the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

__all__ = ["ClockWatch"]

CLOCK_JUMP = timedelta(seconds=60)
CLOCK_TRUSTED_AFTER = 3600.0
"""Seconds after a clock change."""


class ClockWatch:
    """Compares the clock with the elapsed time, which `ticks` counts in seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._last: tuple[datetime, float] | None = None
        self._set_at = -CLOCK_TRUSTED_AFTER

    @property
    def trusted(self) -> bool:
        """False for a while after a change: the clock may be wrong, and pruned history cannot be recovered."""
        return self._ticks() - self._set_at > CLOCK_TRUSTED_AFTER

    def look(self, now: datetime) -> timedelta | None:
        """How much the clock was changed since the last call; None if it was not."""
        last, self._last = self._last, (now, self._ticks())
        if last is None:
            return None
        jump = (now - last[0]) - timedelta(seconds=self._last[1] - last[1])
        if abs(jump) <= CLOCK_JUMP:
            return None
        self._set_at = self._last[1]
        return jump
