"""The interface of triggers: the next fire, and a summary of all fires in a span of time."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["Shift", "Span", "Trigger"]

_FEW = 10
"""Up to this many fires are faster to list than to search from the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """The fires in a span of time: first, last and number."""

    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Shift:
    """The effect of a clock change on a fire: the size of the change, and a sentence."""

    change: timedelta
    words: str


class Trigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """An APScheduler trigger that also summarizes the fires in a span of time. Times are UTC."""

    __slots__ = ()

    @abstractmethod
    def next_after(self, moment: datetime) -> datetime | None:
        """The first fire strictly after `moment`; None if there is none up to the year 9999."""

    @abstractmethod
    def count(self, after: datetime, until: datetime) -> int:
        """The number of fires in (after, until], computed much faster than by listing them."""

    def shift(self, fire: datetime) -> Shift | None:
        """How a clock change moves this fire or doubles its time; None if it does not."""
        return None

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """For APScheduler: a fire at `now` counts, unless it was the previous one."""
        if previous_fire_time is not None:
            return self.next_after(previous_fire_time)
        return self.next_after(now - timedelta(microseconds=1))

    def latest(self, after: datetime, until: datetime, most: int) -> list[datetime]:
        """The last `most` fires in (after, until], in order."""
        few = self.count(after, until) <= max(most, _FEW)
        window = until - after if few else timedelta(minutes=2)
        while True:
            start = max(after, until - window)
            found: list[datetime] = []
            moment = self.next_after(start)
            while moment is not None and moment <= until:
                found.append(moment)
                moment = self.next_after(moment)
            if len(found) >= most or start == after:
                return found[-most:]
            window = min(window * 8, until - after)

    def span(self, after: datetime, until: datetime) -> Span | None:
        """The fires in (after, until]; None if there are none."""
        first = self.next_after(after)
        if first is None or first > until:
            return None
        second = self.next_after(first)
        if second is None or second > until:
            return Span(first, first, 1)  # as it is nearly always, and known without counting
        last = self.latest(after, until, 1)[-1]
        return Span(first, last, self.count(after, until))
