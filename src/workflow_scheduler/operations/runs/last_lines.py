"""The last lines of what failed: what a script wrote before it ended is mostly the reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.executors.output_lines import read_output
from workflow_scheduler.executors.screen import Screen

from .own_folder import own_folder

__all__ = ["EXPLAINED", "last_lines", "with_last_lines"]

LINES = 10
WIDTH = 500
"""Characters of a line; what is longer is cut."""
EXPLAINED = 5
"""Failed tasks of a run whose last lines are read."""
_BYTES = 8192
_FAILED = ("failed", "unknown")


def last_lines(folder: Path) -> dict[str, Any] | None:
    """The last lines of standard error, else of standard output, as text that is safe to look at; None if both are empty.

    `cut`: whether the stream has more than these lines.
    """
    for stream in ("stderr", "stdout"):
        screen = Screen()
        output = read_output(folder, [stream], tail=_BYTES)
        lines = [line for line in (screen.line(line.text).rstrip() for line in output.lines()) if line]
        if lines:
            shown = [line if len(line) <= WIDTH else f"{line[:WIDTH]}…" for line in lines[-LINES:]]
            return {"stream": stream, "lines": shown, "cut": bool(output.left_out) or shown != lines}
    return None


def with_last_lines(home: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """The run's shape, each task of which has `why`: the last lines of its last attempt if it failed, else None."""
    failed = [task["id"] for task in run["tasks"] if task["state"] in _FAILED and task["attempts"]][:EXPLAINED]
    tasks = [{**task, "why": _why(home, run["id"], task) if task["id"] in failed else None} for task in run["tasks"]]
    return {**run, "tasks": tasks}


def _why(home: Path, run_id: str, task: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return last_lines(own_folder(home, (run_id, task["id"], task["attempts"][-1]["number"])))
    except SchedulerError:  # the folder leads elsewhere
        return None
