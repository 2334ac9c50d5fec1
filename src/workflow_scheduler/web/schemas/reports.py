"""The report of a span of time."""

from __future__ import annotations

from pydantic import Field

from .base import Answer, Moment
from .late import LateAnswer
from .state import FailedRow, SkippedRow

__all__ = ["ReportAnswer"]


class DueTimes(Answer):
    due: int = Field(description="the sum of the others, without made_good")
    done: int
    made_good: int = Field(description="of those done, the ones that a retry by hand made good")
    failed: int
    unknown: int
    cancelled: int
    in_progress: int
    not_run: int = Field(description="due, and without a run")
    left_out: int = Field(description="by a calendar, a pause, or on request")


class DueSchedule(Answer):
    id: str
    workflow_id: str
    timezone: str
    next_utc: Moment | None


class Failure(FailedRow):
    difference: str = Field(
        description="the most surprising one from the last good run, for the first of them; else empty",
        examples=["orders.csv 12 KB, was 48 MB"],
    )


class RetriedTask(Answer):
    workflow_id: str
    task_id: str
    runs: int = Field(description="in which it succeeded only after a retry")
    attempts: int = Field(description="the most in one of them")
    week: int = Field(description="the same in the last seven days")


class SlowRun(Answer):
    workflow_id: str
    run_id: str
    seconds: float
    usual: float = Field(description="the median of such days, in seconds")


class MovedFire(Answer):
    workflow_id: str
    schedule_id: str
    timezone: str
    nominal_utc: Moment
    due_utc: Moment | None = Field(description="null: it is left out")
    reason: str


class UnusualOutputRow(Answer):
    at: Moment
    workflow_id: str
    run_id: str
    task_id: str
    reason: str


class NewestBackup(Answer):
    kept: int = Field(description="how many are kept; 0: none is made")
    made_at: Moment | None


class ChangeRow(Answer):
    at: Moment
    actor: str
    action: str
    detail: str


class ReportAnswer(Answer):
    since: Moment
    until: Moment
    sentence: str = Field(examples=["143 of 145 due times are done; 1 failed, 1 did not run."])
    counts: DueTimes
    failed: list[Failure] = Field(description="the newest first, without those that a retry made good; at most 50")
    not_run: list[SkippedRow]
    overdue: list[DueSchedule] = Field(description="due, and not planned yet")
    late: list[LateAnswer]
    unusual: list[UnusualOutputRow] = Field(description="output files of successes, the newest first; at most 50")
    retried: list[RetriedTask] = Field(description="succeeded only after a retry, the most frequent first")
    slower: list[SlowRun] = Field(description="runs that succeeded and took longer than usual, one of each workflow")
    others: dict[str, int] = Field(description="runs by hand, by state")
    next: list[DueSchedule]
    coming: int = Field(description="schedules that are due within a day")
    moved: list[MovedFire] = Field(description="fires of the next day that a calendar moves or leaves out; at most 50")
    free_bytes: int
    backup: NewestBackup
    messages_failed: int = Field(description="notifications that could not be delivered")
    changes: list[ChangeRow] = Field(description="by people, the newest first; at most 50")
