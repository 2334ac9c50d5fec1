"""When each part of the scheduler last did its work."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

__all__ = ["PATIENCE", "Pulse", "Work"]

PATIENCE = 120.0
"""Seconds that a part may take."""


class Work(StrEnum):
    """What the scheduler does all the time."""

    PLANNING = "planning"
    DISPATCH = "dispatch"
    DATABASE = "writing to the database"
    DELIVERY = "delivering messages"


class Pulse:
    """Told by the threads that do the work, and asked by another. `ticks`: seconds that go on whatever the clock says."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._worked = dict.fromkeys(Work, ticks())

    def worked(self, *parts: Work) -> None:
        for part in parts:
            self._worked[part] = self._ticks()

    def silent(self) -> dict[Work, float]:
        """The parts that have not worked lately, each with the seconds since it did."""
        now = self._ticks()
        return {part: now - at for part, at in self._worked.items() if now - at > PATIENCE}
