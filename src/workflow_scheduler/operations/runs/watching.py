"""Has the output of commands on other machines sent while somebody reads it."""

from __future__ import annotations

from datetime import timedelta

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage.database import Connection, Database

from .detail_rows import AttemptRow

__all__ = ["watch_output"]

AHEAD = timedelta(seconds=15)


def watch_output(database: Database, run_id: str, task_id: str, attempt: AttemptRow) -> None:
    """For some seconds from now on. Nothing for what runs here, or has ended."""
    if attempt.worker is None or attempt.finished_at is not None:
        return
    from workflow_scheduler.storage import assignments  # noqa: PLC0415  most homes have no workers

    key = AttemptKey(run_id, task_id, attempt.number)

    def work(db: Connection) -> None:
        assignments.watch(db, key, assignments.clock(db) + AHEAD)

    database.write(work, patience=1.0)
