"""Cancels runs on request: at once if nothing was started, otherwise through the engine that runs them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.storage import fires, queue
from workflow_scheduler.storage.database import Connection

from .unit_of_work import UnitOfWork

__all__ = ["cancel_runs", "replace_runs"]


def cancel_runs(db: Connection, run_ids: Collection[str], reason: str, now: datetime) -> None:
    """Cancel the runs, in the caller's transaction; ended runs are not changed."""
    ledger = UnitOfWork(db, now)
    ledger.load_runs(run_ids)
    for run_id in run_ids:
        run = ledger.run(run_id)
        if run is not None and run.state is RunState.QUEUED:
            ledger.move_run(run, RunState.CANCELLED, reason)
    ledger.flush()
    queue.request_cancel(db, run_ids, reason)


def replace_runs(db: Connection, now: datetime, due: Collection[Schedule]) -> None:
    """Cancel the open runs that give way to the next ones of these schedules."""
    cancel_runs(db, fires.open_runs(db, due), "replaced by the next scheduled run", now)
