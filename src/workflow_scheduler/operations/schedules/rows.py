"""Row types of schedules and their fires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.rows import inlined, left_out

__all__ = [
    "ComingFire",
    "FireOfSchedule",
    "FireRow",
    "MarkedFire",
    "Preview",
    "SchedulePage",
    "ScheduleRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """`enabled`: whether it fires; `paused`: whether the schedule itself is paused, regardless of its workflow."""

    id: str
    workflow_id: str
    description: str
    problem: str
    spec: Mapping[str, Any]
    timezone: str
    policies: Policies = inlined("enabled")
    enabled: bool
    paused: bool
    next_utc: datetime | None


@dataclass(frozen=True, slots=True)
class SchedulePage:
    items: tuple[ScheduleRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ComingFire:
    """`local`: when it is due in the zone of the schedule. `note`: what moves it, or what a change of the clock does to it.

    `nominal`: in that zone, too, if it is due at another time; `disposition`: if it does not run.
    """

    utc: datetime
    local: str
    note: str = left_out("")
    nominal: str | None = left_out(None)
    disposition: str | None = left_out(None)


@dataclass(frozen=True, slots=True)
class MarkedFire(ComingFire):
    """`clock_change`: how much the zone's clock changed since the previous fire."""

    clock_change: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    description: str
    timezone: str
    warnings: tuple[str, ...]
    fires: tuple[MarkedFire, ...]


@dataclass(frozen=True, slots=True)
class FireRow:
    """The result of a due time, or of `count` of them until `until_utc`."""

    nominal_utc: datetime
    disposition: str
    run_id: str | None
    reason: str
    until_utc: datetime | None
    count: int
    due_utc: datetime | None = None
    """If it was not due at its nominal time."""


@dataclass(frozen=True, slots=True)
class FireOfSchedule:
    schedule_id: str
    utc: datetime
