"""Whether a folder is a home. Only commands that create something turn a folder into one."""

from __future__ import annotations

from pathlib import Path

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.processes.place import HOME_ID
from workflow_scheduler.storage.database import Database

__all__ = ["NoHome", "check_home", "is_home", "why_no_home"]


class NoHome(NotFound):
    """The folder is not a home yet."""


def is_home(home: Path) -> bool:
    """Whether a scheduler or a run has used the folder."""
    return (home / HOME_ID).exists()


def check_home(home: Path, database: Database) -> None:
    """NotFound if the home has no database, and NoHome if it never had one."""
    if words := why_no_home(home, database):
        raise NotFound(words) if is_home(home) else NoHome(words)


def why_no_home(home: Path, database: Database) -> str:
    """A sentence about the missing database, with advice; empty if it exists."""
    if database.exists() or (database.path is not None and not database.path.parent.is_dir()):
        return ""  # opening the database reports a missing folder
    if is_home(home):
        return (
            f"The database {database.shown_url} of this home does not exist: it was moved or deleted. Move it back, restore a "
            "backup with 'scheduler restore', or start with an empty one: 'scheduler start'."
        )
    return (
        "There is no home here yet; create one with 'scheduler' (the menu) or 'scheduler workflow create', or choose another "
        "folder with --home or SCHEDULER_HOME."
    )
