"""The state of the home: overview, health, doctor and log."""

from __future__ import annotations

from pydantic import Field

from workflow_scheduler.domain.schedule import Disposition

from .base import Answer, Moment
from .late import LateAnswer
from .runs import RunRow, WhyAnswer

__all__ = ["FindingAnswer", "HealthAnswer", "LogAnswer", "OverviewAnswer", "PlannerAnswer"]


class Engine(Answer):
    running: bool
    working: bool
    pid: int | None
    started_at: str | None
    heartbeat_at: Moment | None
    silent_since: Moment | None = Field(description="the last heartbeat, if the scheduler no longer responds")
    ending: str | None = Field(examples=["wait"], description="how it was asked to stop; null if it was not")
    problem: str = Field(description="what keeps it from working and what to do; empty if it works")


class RunningRow(RunRow):
    tasks_done: int
    tasks_total: int
    estimate_seconds: float | None
    expected_end_utc: Moment | None
    late: bool


class SkippedRow(Answer):
    schedule_id: str
    workflow_id: str | None
    timezone: str | None = Field(description="of the schedule; null if it was deleted")
    nominal_utc: Moment
    until_utc: Moment | None
    count: int
    disposition: Disposition
    reason: str


class NextRow(Answer):
    schedule_id: str
    workflow_id: str
    utc: Moment
    timezone: str


class Hour(Answer):
    utc: Moment
    states: dict[str, int] = Field(examples=[{"succeeded": 12, "failed": 1}])


class PlannerAnswer(Answer):
    paused: bool = Field(description="whether all schedules are paused")
    paused_at: Moment | None
    paused_by: str | None = Field(examples=["ada"])


class FailedRow(RunRow):
    why: WhyAnswer | None = Field(
        description="the last lines of the first task that failed; null if it wrote nothing, and for older runs"
    )


class OverviewAnswer(Answer):
    now_utc: Moment
    engine: Engine
    planner: PlannerAnswer
    counts: dict[str, int] = Field(examples=[{"queued": 0, "running": 2}])
    running: list[RunningRow]
    failed: list[FailedRow] = Field(description="failed or with an unknown result, in the last 24 hours")
    skipped: list[SkippedRow]
    late: list[LateAnswer] = Field(description="late or at risk now, the worst first; at most 50")
    next: list[NextRow]
    hours: list[Hour] = Field(description="the last 24 hours, by the hour in which runs were queued")


class Disk(Answer):
    free_bytes: int
    problem: str


class HealthAnswer(Answer):
    status: str = Field(examples=["ok"], description="ok, or degraded")
    version: str
    engine: Engine
    database: str = Field(description="its address, without a password")
    disk: Disk


class FindingAnswer(Answer):
    about: str
    state: str = Field(examples=["ok"], description="ok, warning or problem")
    words: str
    advice: str


class LogAnswer(Answer):
    lines: list[str]
    position: int = Field(description="the value for the parameter after")
