"""Pausing the planner, so that no schedule fires, and having it go on."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.engine.accounting import account_for_pause
from workflow_scheduler.engine.planner import BATCH, readable, store
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import catalog, planner_pause
from workflow_scheduler.storage.database import Connection, Database

from .rows import PlannerRow

__all__ = ["pause_planner", "planner_state", "resume_planner"]


def planner_state(database: Database) -> PlannerRow:
    """Whether schedules fire; if not, since when and by whose wish."""
    found = database.read(planner_pause.pause_of)
    at, by = found or (None, None)
    return PlannerRow(paused=found is not None, paused_at=at, paused_by=by)


def pause_planner(database: Database, now: datetime, by: str) -> None:
    """Let no schedule fire until `resume_planner`. Refused if that is so already."""

    def work(db: Connection) -> None:
        if (found := planner_pause.pause_of(db)) is not None:
            raise Refused(f"The planner is already paused, since {iso(found[0])} by {found[1]}.")
        planner_pause.pause(db, now, by)

    write_and_wake(database, work)


def resume_planner(database: Database, now: datetime, recorded: Database | None = None) -> None:
    """Resume all schedules. Fires that were due meanwhile are recorded as skipped. Refused if it was not paused.

    `recorded`: the same database, accompanied, for the one change that goes on record.
    """
    if database.read(planner_pause.pause_of) is None:
        raise Refused("The planner is not paused.")
    # While these are written it is paused still: no fire is counted twice, and if this is interrupted, it is done again.
    while database.write(lambda db: _account(db, now)) == BATCH:
        pass
    write_and_wake(recorded or database, planner_pause.resume)


def _account(db: Connection, now: datetime) -> int:
    due = catalog.schedules_due(db, now, BATCH)
    if due:
        store(db, [account_for_pause(one, trigger, now) for one, trigger in readable(db, due)], now)
    return len(due)
