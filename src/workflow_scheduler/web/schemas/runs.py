"""Runs, tasks and attempts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workflow_scheduler.domain.run import AttemptState, RunState, TaskRunState

from .base import Answer, Identifier, Moment, Request

__all__ = [
    "AttemptAnswer",
    "CommandAnswer",
    "MergedAnswer",
    "NewRun",
    "Retry",
    "RunAnswer",
    "RunPage",
    "RunRow",
    "Started",
    "WhyAnswer",
]


class RunRow(Answer):
    id: str = Field(examples=["20261124-010000-2bk7x4mn"])
    workflow_id: str
    version: int
    state: RunState
    reason: str = Field(examples=["task dump: exit code 3, and expected was 0"])
    schedule_id: str | None
    timezone: str | None = Field(description="of its schedule, if it has one that is still there")
    nominal_utc: Moment | None = Field(description="when it was due")
    queued_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    retry_of: str | None
    started_by: str = Field(
        examples=["local:ada"], description='who or what started it: "schedule", a user, a token or a webhook'
    )
    cause: str = Field(description="why there is this run, as it was known when it was queued")
    cancel_requested: bool


class RunPage(Answer):
    items: list[RunRow]
    next_cursor: str | None


class OutputAnswer(Answer):
    path: str = Field(examples=["/data/db.sql"])
    proof: str = Field(examples=["changed; no process has it open for writing (read lease)"])
    reason: str = Field(description="why it does not count; empty if it does")


class AttemptAnswer(Answer):
    number: int
    state: AttemptState
    exit_code: int | None
    reason: str
    pid: int | None
    started_at: Moment | None
    finished_at: Moment | None
    stdout: str = Field(description="the file on the scheduler's machine")
    stderr: str
    stdout_bytes: int = Field(description="what is kept of it so far")
    stderr_bytes: int
    stdout_written: int | None = Field(
        description="what the command wrote of it, where more than is kept; null if all is kept or it is not known"
    )
    stderr_written: int | None
    checking_at: Moment | None = Field(description="when the command had ended and its output files were checked")
    outputs: list[OutputAnswer]


class LineAnswer(Answer):
    stream: str = Field(examples=["stderr"])
    at: Moment | None = Field(description="when the line was complete; null if that was not noted")
    text: str = Field(description="progress bars in their last state, and what steers a terminal spelled out")
    end: int = Field(description="how many bytes the stream had with this line")
    gap: bool = Field(description="whether earlier lines of its stream are left out before it")


class MergedAnswer(Answer):
    lines: list[LineAnswer] = Field(description="the newest last")
    whole: bool = Field(description="whether these are all lines that are kept")
    ordered: bool = Field(description="whether the order of the two streams is known; else one follows the other")
    problems: dict[str, str] = Field(description="of each stream that cannot be shown, why")


class WhyAnswer(Answer):
    task: str
    stream: str = Field(description="stderr, or stdout where that is empty", examples=["stderr"])
    lines: list[str] = Field(description="at most 10, as text that is safe to show")
    cut: bool = Field(description="whether the stream has more than these lines")


class TaskRunAnswer(Answer):
    id: str
    state: TaskRunState
    reason: str
    started_at: Moment | None
    finished_at: Moment | None
    retry_at: Moment | None
    attempts: list[AttemptAnswer]
    why: WhyAnswer | None = Field(
        None, description="the last lines of its last attempt, of the first tasks that failed"
    )


class RunAnswer(RunRow):
    environment: str = Field(description="whose environment the commands have; empty before it starts")
    tasks: list[TaskRunAnswer]
    graph: dict[str, list[str]] = Field(description="for each task, those that must be over first")
    estimate_seconds: float | None


class CommandAnswer(Answer):
    argv: list[str] | None = Field(description="as it ran; the first is the program's path")
    cwd: str | None
    environment: dict[str, str] = Field(description="what the task adds, with its values masked")
    env_file: str | None
    task: dict[str, Any]
    started: bool


class NewRun(Request):
    id: Identifier | None = Field(None, description="default: made from the time")


class Retry(Request):
    everything: bool = Field(False, description="start over instead of at the failed task")


class Started(Answer):
    id: str
    state: RunState
    repeated: bool = Field(False, description="the same Idempotency-Key had started it before")
