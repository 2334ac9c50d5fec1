"""Whether a folder is a home: only what creates something makes one of it."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.storage.database import Database

__all__ = ["NoHome", "check_home", "is_home", "why_no_home"]


class NoHome(NotFound):
    """The folder is no home yet."""


def is_home(home: Path) -> bool:
    """Whether a scheduler or a run was at work there."""
    return (home / HOME_ID).exists()


def check_home(home: Path, database: Database) -> None:
    """NotFound if the home has no database, and NoHome if it never had one."""
    if words := why_no_home(home, database):
        raise NotFound(words) if is_home(home) else NoHome(words)


def why_no_home(home: Path, database: Database) -> str:
    """What there is instead of a home's database, in a sentence that says what to do; empty if it is there."""
    if database.exists() or (database.path is not None and not database.path.parent.is_dir()):
        return ""  # of a folder that is not there, opening tells
    if is_home(home):
        return (
            f"The database {database.shown_url} of this home is not there: it was moved or deleted. Move it back, restore a "
            "backup with 'scheduler restore', or begin with an empty one by 'scheduler start'."
        )
    return (
        "There is no home here yet; 'scheduler' (the menu) or 'scheduler workflow create' makes one, and --home or "
        "SCHEDULER_HOME names another folder."
    )
