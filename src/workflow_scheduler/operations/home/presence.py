"""Whether a folder is a home: only what creates something makes one of it."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.storage.database import Database

__all__ = ["check_home", "why_no_home"]


def check_home(home: Path, database: Database) -> None:
    """NotFound if the home has no database."""
    if words := why_no_home(home, database):
        raise NotFound(words)


def why_no_home(home: Path, database: Database) -> str:
    """What there is instead of a home's database, in a sentence that says what to do; empty if it is there."""
    if database.exists():
        return ""
    if (home / HOME_ID).exists():
        return (
            f"The database {database.shown_url} of this home is not there: it was moved or deleted. Move it back, restore a "
            "backup with 'scheduler restore', or begin with an empty one by 'scheduler start'."
        )
    return (
        "There is no home here yet; 'scheduler' (the menu) or 'scheduler workflow create' makes one, and --home or "
        "SCHEDULER_HOME names another folder."
    )
