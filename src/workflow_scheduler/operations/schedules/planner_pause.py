"""Pauses and resumes the planner, and with it all schedules."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.home_events import pause_event
from workflow_scheduler.engine.accounting import account_for_pause
from workflow_scheduler.engine.planner import BATCH, readable, store
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import catalog, planner_pause
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["pause_planner", "resume_planner"]


def pause_planner(database: Database, now: datetime, by: str) -> None:
    """Pause all schedules until `resume_planner`. Refused if they are already paused."""

    def work(db: Connection) -> None:
        if (found := planner_pause.pause_of(db)) is not None:
            raise Refused(f"The planner is already paused, since {iso(found[0])} by {found[1]}.")
        planner_pause.pause(db, now, by)
        event_store.record_events(db, [pause_event(now, by, paused=True)])

    write_and_wake(database, work)


def resume_planner(database: Database, now: datetime, recorded: Database | None = None) -> None:
    """Resume all schedules. Fires that were due meanwhile are recorded as skipped. Refused if it was not paused.

    `recorded`: the same database with auditing, for the one change that is recorded.
    """
    if database.read(planner_pause.pause_of) is None:
        raise Refused("The planner is not paused.")
    # The planner stays paused meanwhile: no fire is counted twice, and an interrupted resume can be repeated.
    while database.write(lambda db: _account(db, now)) == BATCH:
        pass

    def end(db: Connection) -> None:
        planner_pause.resume(db)
        event_store.record_events(db, [pause_event(now, "", paused=False)])

    write_and_wake(recorded or database, end)


def _account(db: Connection, now: datetime) -> int:
    due = catalog.schedules_due(db, now, BATCH)
    if due:
        store(db, [account_for_pause(schedule, trigger, now) for schedule, trigger in readable(db, due)], now)
    return len(due)
