"""Runs in lists, how many are open, and how long one may take."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.storage import queries_runs
from workflow_scheduler.storage.database import Connection, Database

from .rows import RunRow, run_row

__all__ = ["estimate", "open_runs", "run_estimate", "run_list"]


def run_list(
    database: Database,
    *,
    limit: int | None = 20,
    workflow_id: str | None = None,
    schedule_id: str | None = None,
    backfill_id: str | None = None,
    state: RunState | None = None,
    since: datetime | None = None,
) -> list[RunRow]:
    runs = database.read(
        lambda db: queries_runs.list_runs(
            db,
            limit=limit,
            workflow_id=workflow_id,
            schedule_id=schedule_id,
            backfill_id=backfill_id,
            state=state,
            since=since,
        )
    )
    return [run_row(run) for run in runs]


def run_estimate(database: Database, workflow_id: str) -> float | None:
    """The estimated duration of a run in seconds: the median of the last successful ones."""
    return database.read(lambda db: estimate(db, workflow_id))


def estimate(db: Connection, workflow_id: str) -> float | None:
    """See `run_estimate`."""
    seconds = queries_runs.past_seconds(db, workflow_id)
    from statistics import median  # noqa: PLC0415  lists do without

    return median(seconds) if seconds else None


def open_runs(database: Database) -> dict[str, int]:
    """How many runs are queued and running."""
    counts = database.read(queries_runs.run_counts)
    return {state: counts.get(state, 0) for state in ("queued", "running")}
