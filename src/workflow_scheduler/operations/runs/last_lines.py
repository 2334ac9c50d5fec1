"""The last lines of failed tasks, which usually contain the reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.output_lines import read_output
from workflow_scheduler.executors.screen import Screen
from workflow_scheduler.storage import runs
from workflow_scheduler.storage.database import Connection

from .detail_rows import RunDetail, WhyRow
from .own_folder import own_folder

__all__ = ["EXPLAINED", "failed_attempt", "last_lines", "why_of", "with_last_lines"]

LINES = 10
WIDTH = 500
"""The most characters of a line; longer lines are cut."""
EXPLAINED = 5
"""How many failed tasks of a run get their last lines."""
_BYTES = 8192
_FAILED = ("failed", "unknown")
_R = TypeVar("_R", bound=RunDetail)


def last_lines(folder: Path, task_id: str, most: int = LINES) -> WhyRow | None:
    """The last lines of standard error, or of standard output if that is empty, as text that is safe to show; None if both are."""
    for stream in ("stderr", "stdout"):
        screen = Screen()
        output = read_output(folder, [stream], tail=_BYTES)
        lines = [line for line in (screen.line(line.text).rstrip() for line in output.lines()) if line]
        if lines:
            shown = [line if len(line) <= WIDTH else f"{line[:WIDTH]}…" for line in lines[-most:]]
            return WhyRow(task_id, stream, tuple(shown), bool(output.left_out) or shown != lines)
    return None


def with_last_lines(home: Path, run: _R) -> _R:
    """The run with `why` in each failed task: the last lines of its last attempt."""
    failed = [task.id for task in run.tasks if task.state in _FAILED and task.attempts][:EXPLAINED]
    tasks = []
    for task in run.tasks:
        key = AttemptKey(run.id, task.id, task.attempts[-1].number) if task.id in failed else None
        tasks.append(replace(task, why=why_of(home, key)))
    return replace(run, tasks=tuple(tasks))


def failed_attempt(db: Connection, run_id: str) -> AttemptKey | None:
    """The last attempt of the run's first failed task; None if none began."""
    for task, attempts in runs.task_history(db, run_id):
        if task.state.value in _FAILED and attempts:
            return attempts[-1].key
    return None


def why_of(home: Path, key: AttemptKey | None, most: int = LINES) -> WhyRow | None:
    """The last lines of the attempt; None if it wrote nothing or its folder is outside the home."""
    if key is None:
        return None
    try:
        return last_lines(own_folder(home, key), key.task_id, most)
    except SchedulerError:
        return None
