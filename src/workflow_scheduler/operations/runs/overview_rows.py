"""Row types of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflow_scheduler.storage.calendar import Group

from .rows import WhyRow, ZonedRunRow

__all__ = [
    "EngineState",
    "FailedRow",
    "Figures",
    "HourRow",
    "NextRow",
    "Overview",
    "RunningRow",
    "SkippedRow",
    "ZonedSkippedRow",
    "skipped_row",
]


@dataclass(frozen=True, slots=True)
class EngineState:
    """`working`: it is running without a problem; otherwise `problem` names it."""

    running: bool
    working: bool
    pid: int | None
    started_at: str | None
    heartbeat_at: datetime | None
    silent_since: datetime | None
    ending: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class RunningRow(ZonedRunRow):
    tasks_done: int
    tasks_total: int
    estimate_seconds: float | None
    expected_end_utc: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class FailedRow(ZonedRunRow):
    why: WhyRow | None


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A fire without a run, or `count` of them until `until_utc`."""

    schedule_id: str
    workflow_id: str | None
    nominal_utc: datetime
    until_utc: datetime | None
    count: int
    disposition: str
    reason: str


@dataclass(frozen=True, slots=True)
class ZonedSkippedRow(SkippedRow):
    """With the time zone of its schedule, if that still exists."""

    timezone: str | None


def skipped_row(group: Group) -> SkippedRow:
    return SkippedRow(
        schedule_id=group.schedule_id,
        workflow_id=group.workflow_id,
        nominal_utc=group.first,
        until_utc=group.last if group.count > 1 else None,
        count=group.count,
        disposition=group.state,
        reason=group.reason,
    )


@dataclass(frozen=True, slots=True)
class NextRow:
    schedule_id: str
    workflow_id: str
    utc: datetime | None
    timezone: str


@dataclass(frozen=True, slots=True)
class HourRow:
    """The number of runs queued in the hour from `utc`, by state."""

    utc: datetime
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    now_utc: datetime
    counts: Mapping[str, int]
    running: tuple[RunningRow, ...]
    failed: tuple[FailedRow, ...]
    skipped: tuple[ZonedSkippedRow, ...]
    next: tuple[NextRow, ...]
    hours: tuple[HourRow, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of runs by state, and seconds by quantile."""

    open: Mapping[str, int]
    last_day: Mapping[str, int]
    overdue: int
    heartbeat_age: float | None
    run_seconds: Mapping[str, float]
    start_latency: Mapping[str, float]
