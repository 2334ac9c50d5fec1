"""Runs a page at a time, each with the time zone of its schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.operations.pagination import after_run, run_behind
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import queries_due, queries_runs
from workflow_scheduler.storage.database import Connection, Database

from .rows import RunRow, run_row

__all__ = ["RunPage", "ZonedRunRow", "run_page", "zoned_runs"]


@dataclass(frozen=True, slots=True)
class ZonedRunRow(RunRow):
    """With the time zone of its schedule, if that still exists."""

    timezone: str | None


@dataclass(frozen=True, slots=True)
class RunPage:
    items: tuple[ZonedRunRow, ...]
    next_cursor: str | None


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


def zoned_runs(db: Connection, runs: Sequence[Run]) -> list[ZonedRunRow]:
    """The runs, each with the time zone of its schedule, if that still exists."""
    zones = queries_due.timezones(db, {run.schedule_id for run in runs if run.schedule_id})
    return [widened(run_row(run), ZonedRunRow, timezone=zones.get(run.schedule_id or "")) for run in runs]
