"""Where an attempt's output and records are."""

from __future__ import annotations

from pathlib import Path

__all__ = ["attempt_folder"]


def attempt_folder(home: Path, key: tuple[str, str, int]) -> Path:
    """The folder of an attempt (run, task, number). Identifiers were checked when given: no path gets in."""
    run_id, task_id, number = key
    return home / "attempts" / run_id / f"{task_id}.{number}"
