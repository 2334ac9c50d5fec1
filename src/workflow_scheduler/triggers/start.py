"""The start of the machine or of the scheduler, which has no time until it happens."""

from __future__ import annotations

from datetime import datetime

from .base import Trigger

__all__ = ["StartTrigger"]


class StartTrigger(Trigger):
    """Has no fire that could be computed: the engine makes one when it starts (`engine/start_fires.py`)."""

    __slots__ = ()

    def __str__(self) -> str:
        return "start"

    def next_after(self, moment: datetime) -> datetime | None:
        return None

    def count(self, after: datetime, until: datetime) -> int:
        return 0
