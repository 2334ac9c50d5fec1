"""Row types of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.schedules.skipped import SkippedRow

from .detail_rows import WhyRow
from .late import LateRow
from .pages import ZonedRunRow

__all__ = [
    "EngineState",
    "FailedRow",
    "Figures",
    "HourRow",
    "NextRow",
    "Overview",
    "RunningRow",
    "ZonedSkippedRow",
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
class ZonedSkippedRow(SkippedRow):
    """With the time zone of its schedule, if that still exists."""

    timezone: str | None


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
    late: tuple[LateRow, ...]
    next: tuple[NextRow, ...]
    hours: tuple[HourRow, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of runs by state, and seconds by quantile."""

    open: Mapping[str, int]
    last_day: Mapping[str, int]
    overdue: int
    late: Mapping[str, int]
    heartbeat_age: float | None
    run_seconds: Mapping[str, float]
    start_latency: Mapping[str, float]
