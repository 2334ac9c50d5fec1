"""A run with its tasks and attempts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptState, TaskRunState
from workflow_scheduler.operations.rows import left_out

from .attempt_files import FilesRow
from .late import DeadlineRow
from .rows import RunRow
from .running import LookRow

__all__ = ["AttemptRow", "RunDetail", "RunWithGraph", "TaskRunRow", "WhyRow"]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """`stdout` and `stderr` are files, each with the number of bytes kept, and of bytes written where that is more. `worker`:
    the other machine that has it. `files`: what it took along there; None: nothing. `placement`: where it is, or why it waits for a machine, if it has not ended and that was
    requested."""

    number: int
    state: AttemptState
    exit_code: int | None
    reason: str
    pid: int | None
    started_at: datetime | None
    finished_at: datetime | None
    stdout: str
    stderr: str
    stdout_bytes: int
    stderr_bytes: int
    stdout_written: int | None
    stderr_written: int | None
    checking_at: datetime | None
    worker: str | None
    files: FilesRow | None
    outputs: tuple[Mapping[str, Any], ...]
    placement: str = left_out("")

    def path(self, stream: str) -> str:
        """The file of the stream."""
        return self.stdout if stream == "stdout" else self.stderr


@dataclass(frozen=True, slots=True)
class WhyRow:
    """The last lines that an attempt of the task wrote to the stream. `cut`: whether the stream has more than these."""

    task: str
    stream: str
    lines: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """The same failure before this one. `sentence`: all of it in words; empty if nothing is remembered."""

    count: int
    first_at: datetime | None
    last_at: datetime | None
    retried: int
    passed: int
    note: str
    note_by: str
    note_at: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class TaskRunRow:
    """`why`: the last lines of its last attempt, and `memory`: what is remembered of its failure, if it failed and they were
    requested."""

    id: str
    state: TaskRunState
    reason: str
    started_at: datetime | None
    finished_at: datetime | None
    retry_at: datetime | None
    attempts: tuple[AttemptRow, ...]
    why: WhyRow | None = None
    memory: MemoryRow | None = None


@dataclass(frozen=True, slots=True)
class RunDetail(RunRow):
    """A run with its tasks. `params`: the values of its parameters. `environment`: whose environment the commands get;
    empty before the run starts. `looks`: what commands did when they took too long."""

    params: Mapping[str, Any]
    environment: str
    deadlines: tuple[DeadlineRow, ...]
    looks: tuple[LookRow, ...]
    tasks: tuple[TaskRunRow, ...]


@dataclass(frozen=True, slots=True)
class RunWithGraph(RunDetail):
    """With the dependencies of each task and the estimated duration in seconds."""

    timezone: str | None
    graph: Mapping[str, tuple[str, ...]]
    estimate_seconds: float | None
