"""Row types of the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass

__all__ = ["Calendar", "ComingEntry", "PastEntry", "Total"]


@dataclass(frozen=True, slots=True)
class PastEntry:
    """A past due time, or `count` of them until `until_utc`, and its result."""

    schedule_id: str
    workflow_id: str | None
    nominal_utc: datetime
    disposition: str
    run_id: str | None
    state: str | None
    reason: str
    until_utc: datetime | None
    count: int
    clock_change: str | None
    note: str
    due_utc: datetime | None = None
    """If it was not due at its nominal time."""
    late: str = ""
    """A sentence about a deadline that it missed, or will probably miss."""


@dataclass(frozen=True, slots=True)
class ComingEntry:
    """An upcoming due time, or `count` of them until `until_utc`."""

    schedule_id: str
    workflow_id: str
    utc: datetime
    until_utc: datetime | None
    count: int
    clock_change: str | None
    note: str
    nominal_utc: datetime | None = None
    """If it is due at another time."""
    disposition: str | None = None
    """If it does not run."""


@dataclass(frozen=True, slots=True)
class Total:
    """A day or an hour: past fires by result, and the number of upcoming ones."""

    from_: datetime
    to: datetime
    states: Mapping[str, int]
    due: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """`truncated`: some entries are not listed. `complete`: whether the totals include everything."""

    from_: datetime
    to: datetime
    past: tuple[PastEntry, ...]
    coming: tuple[ComingEntry, ...]
    totals: tuple[Total, ...]
    truncated: bool
    complete: bool
