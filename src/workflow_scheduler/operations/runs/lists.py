"""Runs in lists, a page at a time, how many are open, and how long one may take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.operations.pagination import after_run, run_behind
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import queries_runs, queries_schedules
from workflow_scheduler.storage.database import Connection, Database

from .rows import RunPage, RunRow, ZonedRunRow, run_row

__all__ = ["estimate", "open_runs", "run_estimate", "run_list", "run_page", "zoned_runs"]


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


def run_page(
    database: Database,
    *,
    limit: int,
    cursor: str | None,
    workflow_id: str | None,
    schedule_id: str | None,
    backfill_id: str | None,
    state: RunState | None,
    since: datetime | None,
    q: str | None,
) -> RunPage:
    """The newest runs first. The order is stable: new runs do not shift later pages."""

    def work(db: Connection) -> RunPage:
        runs = queries_runs.list_runs(
            db,
            limit=limit + 1,
            workflow_id=workflow_id,
            schedule_id=schedule_id,
            backfill_id=backfill_id,
            state=state,
            since=since,
            before=run_behind(cursor),
            like=q or None,
        )
        shown = runs[:limit]
        return RunPage(tuple(zoned_runs(db, shown)), after_run(shown[-1]) if len(runs) > limit else None)

    return database.read(work)


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


def zoned_runs(db: Connection, runs: Sequence[Run]) -> list[ZonedRunRow]:
    """The runs, each with the time zone of its schedule, if that still exists."""
    zones = queries_schedules.timezones(db, {run.schedule_id for run in runs if run.schedule_id})
    return [widened(run_row(run), ZonedRunRow, timezone=zones.get(run.schedule_id or "")) for run in runs]
