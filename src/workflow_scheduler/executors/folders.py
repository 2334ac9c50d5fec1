"""Where an attempt's output and records are."""

from __future__ import annotations

from pathlib import Path

__all__ = ["attempt_folder", "run_folder"]


def run_folder(home: Path, run_id: str) -> Path:
    """The folder of a run's attempts. Identifiers were checked when given: no path gets in."""
    return home / "attempts" / run_id


def attempt_folder(home: Path, key: tuple[str, str, int]) -> Path:
    """The folder of an attempt (run, task, number)."""
    run_id, task_id, number = key
    return run_folder(home, run_id) / f"{task_id}.{number}"
