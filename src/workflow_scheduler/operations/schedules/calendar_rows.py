"""The calendar as people and programs see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Calendar", "ComingEntry", "PastEntry", "Total"]


@dataclass(frozen=True, slots=True)
class PastEntry:
    """A due time of the past, or `count` of them until `until_utc`, and what became of it."""

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


@dataclass(frozen=True, slots=True)
class ComingEntry:
    """A time that will be due, or `count` of them until `until_utc`."""

    schedule_id: str
    workflow_id: str
    utc: datetime
    until_utc: datetime | None
    count: int
    clock_change: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Total:
    """A day or an hour: what was due by what became of it, and how many will be due."""

    from_: datetime
    to: datetime
    states: Mapping[str, int]
    due: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """`truncated`: not every entry is listed. `complete`: whether the totals have all."""

    from_: datetime
    to: datetime
    past: tuple[PastEntry, ...]
    coming: tuple[ComingEntry, ...]
    totals: tuple[Total, ...]
    truncated: bool
    complete: bool
