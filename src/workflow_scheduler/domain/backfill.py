"""Backfills: a stretch of past times whose runs a person asked for; their states, and which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

from .errors import InvalidInput, Refused
from .policies import Overlap
from .quick_dataclass import dataclass
from .run import RunState
from .schedule import Schedule
from .wall_time import normal_clock

__all__ = [
    "BACKFILL_TRANSITIONS",
    "MOST_MOMENTS",
    "MOST_PARALLEL",
    "TO_RETRY",
    "Backfill",
    "BackfillFire",
    "BackfillState",
    "Only",
    "Order",
    "Source",
    "Window",
    "change_state",
    "parse_window",
    "source_of",
]

MOST_MOMENTS = 10_000
"""The most times in the range of one backfill."""
MOST_PARALLEL = 1_000
TO_RETRY = (RunState.FAILED, RunState.CANCELLED, RunState.UNKNOWN)
"""The states of runs that did not succeed."""


class BackfillState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


_B = BackfillState
BACKFILL_TRANSITIONS: Mapping[BackfillState, frozenset[BackfillState]] = {
    _B.ACTIVE: frozenset({_B.PAUSED, _B.FINISHED, _B.CANCELLED}),
    # Its last run may end after it was paused.
    _B.PAUSED: frozenset({_B.ACTIVE, _B.FINISHED, _B.CANCELLED}),
    # A retry makes it active again.
    _B.FINISHED: frozenset({_B.ACTIVE}),
    _B.CANCELLED: frozenset({_B.ACTIVE}),
}


class Only(StrEnum):
    """Which times of the range are run."""

    MISSING = "missing"
    FAILED = "failed"
    ALL = "all"


class Order(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"


class Window(NamedTuple):
    """The hours of the day in which runs of a backfill may start; they may cross midnight."""

    start: time
    end: time

    def contains(self, clock: time) -> bool:
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def parse_window(text: str) -> Window:
    """`20:00-06:00`. InvalidInput for anything else, and for a window that would never open."""
    start, dash, end = text.partition("-")
    if not dash:
        raise InvalidInput(f"The window {text[:40]!r} is invalid; write two times of day, such as 20:00-06:00.")
    window = Window(*(time.fromisoformat(normal_clock(part)) for part in (start, end)))
    if window.start == window.end:
        raise InvalidInput(f"The window {text[:40]!r} never opens; write two different times, such as 20:00-06:00.")
    return window


class Source(NamedTuple):
    """What runs take from their schedule, as it was when the backfill was created."""

    timezone: str
    params: Mapping[str, Any]
    calendar: str | None
    exclusive: bool
    exclusive_scope: str


def source_of(schedule: Schedule, parallel: int) -> Source:
    """Several runs at once cannot exclude each other, whatever the schedule says of its own runs."""
    policies = schedule.policies
    exclusive = policies.overlap is not Overlap.ALLOW and parallel == 1
    return Source(schedule.timezone, dict(policies.params), policies.calendar, exclusive, policies.overlap_scope.value)


@dataclass(frozen=True, slots=True)
class Backfill:
    """Past times of a workflow's schedules, with how their runs are started. Times are UTC."""

    id: str
    workflow_id: str
    state: BackfillState
    created_at: datetime
    created_by: str
    start: str
    """As a person wrote it; a date begins with its midnight in the zone of each schedule."""
    end: str
    """A date lasts until its end."""
    only: Only = Only.MISSING
    order: Order = Order.OLDEST
    parallel: int = 1
    between: Window | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    """By schedule."""
    version: int | None = None
    """The version of the workflow that runs; None for the newest at the time of each run."""
    as_of: datetime | None = None
    """The time at which `version` was valid."""
    reason: str = ""
    finished_at: datetime | None = None

    @property
    def over(self) -> bool:
        return self.state in (BackfillState.FINISHED, BackfillState.CANCELLED)


class BackfillFire(NamedTuple):
    """One time of a backfill. Its run is created once; a retry has the run that is to be tried again."""

    schedule_id: str
    nominal: datetime
    due: datetime | None = None
    run_id: str | None = None
    retry_of: str | None = None


def change_state(backfill: Backfill, to: BackfillState, now: datetime, reason: str = "") -> Backfill:
    """The backfill in its new state. Refused if `to` may not follow."""
    if to not in BACKFILL_TRANSITIONS[backfill.state]:
        raise Refused(f"The backfill {backfill.id} is {backfill.state.value} and cannot become {to.value}.")
    ended = to in (BackfillState.FINISHED, BackfillState.CANCELLED)
    return replace(backfill, state=to, reason=reason, finished_at=now if ended else None)
