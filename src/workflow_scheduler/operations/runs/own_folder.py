"""Finds the folder of an attempt from the database, never outside the home."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.folders import attempt_folder

__all__ = ["own_folder"]


def own_folder(home: Path, key: AttemptKey) -> Path:
    """The folder of the attempt. NotFound if its name or a link leads outside the home."""
    # A forged database row must not lead elsewhere either.
    check_identifier("run", key[0])
    check_identifier("task", key[1])
    folder = attempt_folder(home, key)
    root = (home / "attempts").resolve()
    if not folder.resolve().is_relative_to(root):
        raise NotFound(f"{folder} is outside the home; its output is not shown.")
    return folder
