"""Where an attempt's output and records are."""

from __future__ import annotations

import functools
from pathlib import Path

from workflow_scheduler.domain.identifiers import check_identifier

__all__ = ["attempt_folder", "run_folder"]


def run_folder(home: Path, run_id: str) -> Path:
    """The folder of a run's attempts. InvalidInput for what is no identifier: no path gets in, from a row neither."""
    return home.joinpath("attempts", check_identifier("run", run_id))


@functools.lru_cache(maxsize=1024)
def attempt_folder(home: Path, key: tuple[str, str, int]) -> Path:
    """The folder of an attempt (run, task, number)."""
    run_id, task_id, number = key
    return run_folder(home, run_id) / f"{check_identifier('task', task_id)}.{number}"
