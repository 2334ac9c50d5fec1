"""Leaves the signs for monitors in the transaction of what they are about."""

from __future__ import annotations

from workflow_scheduler.domain.pings import pings_of
from workflow_scheduler.storage import pings as store
from workflow_scheduler.storage.database import Connection

from .run_definitions import RunDefinitions
from .unit_of_work import UnitOfWork

__all__ = ["leave_pings"]


def leave_pings(db: Connection, ledger: UnitOfWork, definitions: RunDefinitions) -> None:
    """For the events of a pass. Runs of a backfill leave none: a monitor asks about tonight."""
    if not definitions.has_pings:  # whatever changes here has been looked up
        return
    runs = (ledger.run(run_id) for run_id in {event.run_id for event in ledger.events if event.run_id})
    found = {run.id: definitions.of(db, run) for run in runs if run is not None and run.backfill_id is None}
    pinged = {run_id: definition for run_id, definition in found.items() if definition.has_pings}
    if pinged:
        store.add_pings(db, list(pings_of(ledger.events, pinged)))
