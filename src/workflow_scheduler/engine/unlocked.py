"""Finds a scheduler of this home that holds a deleted or replaced `engine.lock`."""

from __future__ import annotations

import os
import time
from pathlib import Path

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.processes.identity import alive
from workflow_scheduler.processes.place import own_place, same_files, same_processes
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Database

__all__ = ["refuse_second", "unlocked_scheduler"]

PATIENCE = 3.0
"""Seconds for a scheduler that has let go of its lock to end."""


def unlocked_scheduler(database: Database, home: Path) -> Holder | None:
    """Another live scheduler of this home according to the database; None if there is none."""
    rows = [row for row in database.read(engine_store.engines_not_stopped) if row.role == "scheduler"]
    others = [row for row in reversed(rows) if row.identity.get("pid") != os.getpid()]
    try:
        here = own_place(home) if others else {}
    except OSError:
        return None
    for row in others:
        place = row.identity.get("place") or {}
        if same_processes(here, place) and same_files(here, place) and alive(row.identity):
            identity = {name: value for name, value in row.identity.items() if name not in _OTHERS}
            return Holder(row.identity["pid"], row.id, row.started_at.isoformat(), identity)
    return None


_OTHERS = ("home", "place", "account", "environment")


def refuse_second(database: Database, home: Path) -> None:
    """Refused if another scheduler runs in this home, whatever the lock says."""
    deadline = time.monotonic() + PATIENCE
    while (found := unlocked_scheduler(database, home)) is not None:
        if time.monotonic() > deadline:
            raise Refused(
                f"The scheduler is already running in {home} (pid {found.pid}), although its engine.lock was deleted or "
                "replaced",
                hint="stop it with 'scheduler stop'",
            )
        time.sleep(0.05)
