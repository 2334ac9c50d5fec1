"""Runs for people, a line each."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .context import empty
from .render import between, short_time, shown_state, table

if TYPE_CHECKING:
    from workflow_scheduler.operations.runs.rows import RunRow

__all__ = ["short_id", "show_runs"]

_MADE_UP = re.compile(r"\d{8}-\d{6}-\w{8}")
_PLAIN_SUCCESS = re.compile(r"\d+ tasks? succeeded")


def show_runs(runs: Sequence[RunRow], timezone: str, *, numbered: bool = False) -> None:
    """The runs, one line each."""
    table(
        (*(("#",) if numbered else ()), "run", "workflow", "state", f"started ({timezone})", "took", "reason"),
        (
            (
                *((number,) if numbered else ()),
                short_id(run.id),
                run.workflow_id,
                shown_state(run.state),
                short_time(run.started_at, timezone),
                between(run.started_at, run.finished_at),
                "" if _PLAIN_SUCCESS.fullmatch(run.reason) else run.reason,
            )
            for number, run in enumerate(runs, 1)
        ),
        empty("runs", "Start one: scheduler run WORKFLOW"),
    )


def short_id(run_id: str) -> str:
    """The end of a long identifier, on a terminal; every command accepts it."""
    return run_id.rpartition("-")[2] if sys.stdout.isatty() and _MADE_UP.fullmatch(run_id) else run_id
