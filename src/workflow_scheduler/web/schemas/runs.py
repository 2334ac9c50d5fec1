"""Runs, tasks and attempts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from workflow_scheduler.domain.difference import Kind
from workflow_scheduler.domain.run import AttemptState, RunState, TaskRunState

from .base import Answer, Fields, Identifier, Moment, Request, Text
from .late import DeadlineAnswer
from .running import LookAnswer

__all__ = [
    "AcceptedOutputs",
    "AttemptAnswer",
    "CommandAnswer",
    "DifferenceAnswer",
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
    reason: str = Field(examples=["task dump: exit code 3 (expected 0)"])
    schedule_id: str | None
    timezone: str | None = Field(description="of its schedule; null if it has none or the schedule was deleted")
    nominal_utc: Moment | None = Field(description="the time that it is for")
    due_utc: Moment | None = Field(
        description="when its fire was due: nominal_utc unless a calendar or its jitter moved it; null without a schedule"
    )
    queued_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    retry_of: str | None
    backfill_id: str | None
    started_by: str = Field(
        examples=["local:ada"], description='who or what started it: "schedule", a user, a token or a webhook'
    )
    cause: str = Field(description="why the run was started, as recorded when it was queued")
    cancel_requested: bool


class RunPage(Answer):
    items: list[RunRow]
    next_cursor: str | None


class OutputAnswer(Answer):
    path: str = Field(examples=["/data/db.sql"])
    proof: str = Field(examples=["changed; no process has it open for writing (read lease)"])
    reason: str = Field(description="why it is not accepted; empty if it is")
    size: int | None = Field(None, description="in bytes; of all files that match a pattern")
    lines: int | None = Field(None, description="of a text that is not too long")
    unusual: str = Field("", description="what is unusual about it; empty if nothing is")
    accepted: str = Field("", description="who accepted that, and when", examples=["ada, 2026-11-24 06:12 UTC"])


class FilesAnswer(Answer):
    """The files of its workflow that an attempt had on another machine."""

    hash: str = Field(description="of the bundle")
    count: int | None = Field(description="null if the bundle is no longer stored")
    size: int | None = Field(description="in bytes, of all of them; null if the bundle is no longer stored")
    folder: str = Field(
        description="of the attempt's copy on the worker, which is deleted a day after its end; relative to the home of the worker where that is not known any more",
        examples=["C:\\worker\\attempts\\20261124-010000-2bk7x4mn\\load.1\\files"],
    )
    sentence: str = Field(description="all of it in words")


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
    stdout_bytes: int = Field(description="how much of it is kept so far")
    stderr_bytes: int
    stdout_written: int | None = Field(
        description="how much the command wrote; null if all of it is kept, or if unknown"
    )
    stderr_written: int | None
    checking_at: Moment | None = Field(description="when the command ended and the check of its output files began")
    worker: str | None = Field(description="the other machine that has it; null for the scheduler's own")
    files: FilesAnswer | None = Field(description="what it took along to that machine; null: nothing")
    outputs: list[OutputAnswer]
    placement: str = Field(
        "",
        description="in a run, of an attempt that has not ended: where it is, or why it waits for a machine; empty on the scheduler's own",
        examples=["waits for a machine; win-erp-01 is draining"],
    )


class LineAnswer(Answer):
    stream: str = Field(examples=["stderr"])
    at: Moment | None = Field(description="when the line was complete; null if not recorded")
    text: str = Field(description="progress bars in their last state; control sequences are spelled out")
    end: int = Field(description="number of bytes in the stream up to the end of this line")
    gap: bool = Field(description="whether earlier lines of its stream are missing before it")


class MergedAnswer(Answer):
    lines: list[LineAnswer] = Field(description="the newest last")
    whole: bool = Field(description="whether these are all of the kept lines")
    ordered: bool = Field(description="whether the order of the two streams is known; else one follows the other")
    problems: dict[str, str] = Field(description="for each stream that cannot be shown, the reason")


class WhyAnswer(Answer):
    task: str
    stream: str = Field(description="stderr, or stdout where that is empty", examples=["stderr"])
    lines: list[str] = Field(description="at most 10, as text that is safe to show")
    cut: bool = Field(description="whether the stream has more than these lines")


class MemoryAnswer(Answer):
    """The same failure before this one."""

    count: int = Field(description="how often")
    first_at: Moment | None
    last_at: Moment | None
    retried: int = Field(description="how many of them were tried again")
    passed: int = Field(description="how many then succeeded")
    note: str = Field(description="the newest; empty: none")
    note_by: str
    note_at: Moment | None
    sentence: str = Field(description="all of it in words; empty if nothing is remembered")


class TaskRunAnswer(Answer):
    id: str
    state: TaskRunState
    reason: str
    started_at: Moment | None
    finished_at: Moment | None
    retry_at: Moment | None
    attempts: list[AttemptAnswer]
    why: WhyAnswer | None = Field(
        None, description="the last lines of its last attempt; for the first few tasks that failed"
    )
    memory: MemoryAnswer | None = Field(None, description="null too if it failed in no particular way")


class RunAnswer(RunRow):
    params: dict[str, Any] = Field(
        examples=[{"region": "south", "limit": 1000}], description="values of its parameters"
    )
    environment: str = Field(description="whose environment the commands get; empty before the run starts")
    deadlines: list[DeadlineAnswer] = Field(description="those of the run and of its tasks, by time")
    looks: list[LookAnswer] = Field(description="what commands did when they took too long")
    tasks: list[TaskRunAnswer]
    graph: dict[str, list[str]] = Field(description="for each task, those that must finish first")
    estimate_seconds: float | None


class ChangeAnswer(Answer):
    kind: Kind
    text: str = Field(examples=["load.py changed 18:42 (3 lines)"])
    share: float = Field(description="of the last 20 successes, those with the same value as this attempt")


class OutputDifferenceAnswer(Answer):
    stream: str = Field(examples=["stderr"])
    line: int = Field(description="its number, from 1")
    text: str | None = Field(description="null if there is no such line")
    was: str | None


class DifferenceAnswer(Answer):
    run: str
    task: str | None
    attempt: int | None
    compared_with: str | None = Field(description="the other run; null if there is none")
    compared_at: Moment | None = Field(description="when its attempt ended")
    differences: list[ChangeAnswer] = Field(description="at most five, the most surprising first")
    output: OutputDifferenceAnswer | None = Field(
        description="the first line that differs, apart from times, numbers and identifiers"
    )
    summary: str = Field(description="a sentence, where nothing differs or there is nothing to compare with")


class CommandAnswer(Answer):
    argv: list[str] | None = Field(description="as it ran; the first is the program's path")
    cwd: str | None
    environment: dict[str, str] = Field(description="what the task adds, with masked values")
    env_file: str | None
    task: dict[str, Any]
    started: bool


_PARAMS: dict[str, Any] = {"examples": [{"region": "south", "limit": 1000}]}


class NewRun(Request):
    id: Identifier | None = Field(None, description="default: generated from the time")
    for_: Text | None = Field(
        None,
        alias="for",
        max_length=60,
        description="the time that the run is for, which its scripts and dates see; default: now",
        examples=["2026-11-20 01:00"],
    )
    params: Fields = Field(
        {}, description="values for the workflow's parameters; the others have their defaults", **_PARAMS
    )


class AcceptedOutput(Answer):
    task: str
    path: str
    unusual: str = Field(description="what was unusual about it")


class AcceptedOutputs(Answer):
    items: list[AcceptedOutput]


class Retry(Request):
    everything: bool = Field(False, description="run all tasks again, instead of only those that did not succeed")
    params: Fields = Field(
        {}, description="other values for parameters than those of that run; with any, all tasks run again", **_PARAMS
    )


class Started(Answer):
    id: str
    state: RunState
    repeated: bool = Field(False, description="whether an earlier request with the same Idempotency-Key started it")
