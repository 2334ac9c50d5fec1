"""The running scheduler of a home, as its lock and its database know it."""

from __future__ import annotations

import time
from pathlib import Path

from workflow_scheduler.domain.errors import Refused, Unreachable
from workflow_scheduler.engine.lock import Holder, holder
from workflow_scheduler.engine.unlocked import unlocked_scheduler
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.own_file import file_number

__all__ = ["READY", "needed_scheduler", "other_database", "running_scheduler", "started_scheduler"]

READY = "ready"
"""The line with which `serve --announce` reports that it is ready."""
START_PATIENCE = 30.0
"""Seconds for a scheduler to say which engine it is."""


def running_scheduler(home: Path, database: Database | None = None) -> Holder | None:
    """The scheduler of this home; None if none is running. The database knows it even if its lock was
    deleted."""
    found = holder(home)
    return unlocked_scheduler(database, home) if found is None and database is not None else found


def other_database(home: Path, database: Database) -> str:
    """A sentence about why this process and the scheduler of this home use different databases; empty if they do not,
    or none is running."""
    found = holder(home)
    if found is None or database.path is None or not found.database or found.database == file_number(database.path):
        return ""
    return (
        f"The scheduler (pid {found.pid}) has another database open than {database.path}, which was moved or "
        "replaced, or DB_URL was changed. Move it back, or stop the scheduler with 'scheduler stop' and start it again."
    )


def needed_scheduler(home: Path, database: Database | None = None) -> Holder:
    """The scheduler of this home. Refused if none is running."""
    found = running_scheduler(home, database)
    if found is None:
        raise Refused(f"The scheduler is not running in {home}", hint="start it with 'scheduler start'")
    return found


def started_scheduler(home: Path, database: Database | None = None) -> Holder:
    """The scheduler of this home, once it has said all of itself: what is asked of one that has just taken the lock would be
    lost. Refused if none is running, Unreachable if it says no more."""
    deadline = time.monotonic() + START_PATIENCE
    while (found := needed_scheduler(home, database)).engine_id is None:
        if time.monotonic() > deadline:
            raise Unreachable(
                f"The scheduler in {home} did not start to work within {START_PATIENCE:g} s; see scheduler.log."
            )
        time.sleep(0.05)
    return found
