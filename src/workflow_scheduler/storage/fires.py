"""Fires: every due time has exactly one disposition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.policies import OverlapScope
from workflow_scheduler.domain.schedule import Disposition, Fire, Schedule

from . import tables
from .sql import Connection, values_for

__all__ = ["active_runs", "dispositions", "fire_from", "list_fires", "open_runs", "record_fires", "scope_of"]


_COLUMNS = ", ".join(tables.fires.columns)
_RECORD = f"{tables.fires.insert()} ON CONFLICT (schedule_id, nominal_utc) DO NOTHING"
_values = values_for(
    _RECORD,
    {"disposition": "disposition.value", "nominal_utc": "nominal", "until_utc": "until", "due_utc": "due"},
)


def record_fires(db: Connection, new: Collection[Fire]) -> set[str]:
    """Insert the fires, and return the runs to be started: a fire that is already recorded keeps its disposition."""
    begun = {fire.run_id: fire for fire in new if fire.run_id is not None}
    rows = [_values(fire) for fire in new]
    if db.run_each(_RECORD, rows) < len(rows):
        return {run_id for run_id, fire in begun.items() if _run_of(db, fire) == run_id}
    return set(begun)


def _run_of(db: Connection, fire: Fire) -> str | None:
    query = "SELECT run_id FROM fires WHERE schedule_id = :id AND nominal_utc = :nominal"
    return db.value(query, id=fire.schedule_id, nominal=fire.nominal)


_SCOPES = {OverlapScope.WORKFLOW: "workflow_id", OverlapScope.SCHEDULE: "schedule_id"}
# A run of a backfill is no previous run: a schedule neither skips a fire nor cancels it because of one.
_OPEN = "finished_at IS NULL AND backfill_id IS NULL"
_ACTIVE = f"SELECT {{0}}, count(*) FROM runs WHERE {_OPEN} AND {{0}} IN :ids GROUP BY {{0}}"


def active_runs(db: Connection, due: Collection[Schedule]) -> Counter[tuple[OverlapScope, str]]:
    """The number of queued or running runs that count for each schedule, by its `scope_of`."""
    counts: Counter[tuple[OverlapScope, str]] = Counter()
    scopes = {scope_of(schedule) for schedule in due}
    for scope, column in _SCOPES.items():
        query, ids = _ACTIVE.format(column), [name for of, name in scopes if of is scope]
        for at in range(0, len(ids), 500):  # SQLite's limit of variables is far off, its planner's is not
            counts.update({(scope, row[0]): row[1] for row in db.rows(query, ids=ids[at : at + 500])})
    return counts


def scope_of(schedule: Schedule) -> tuple[OverlapScope, str]:
    """Whose runs count for a schedule: its workflow's, or its own."""
    scope = schedule.policies.overlap_scope
    return scope, schedule.workflow_id if scope is OverlapScope.WORKFLOW else schedule.id


def open_runs(db: Connection, due: Collection[Schedule]) -> list[str]:
    """The queued or running runs that count for the schedules."""
    scopes = {scope_of(schedule) for schedule in due}
    open_: list[str] = []
    for scope, column in _SCOPES.items():
        names = [name for of, name in scopes if of is scope]
        query = f"SELECT id FROM runs WHERE {_OPEN} AND {column} IN :names"
        open_ += db.column(query, names=names) if names else ()
    return list(dict.fromkeys(open_))


def dispositions(db: Connection, schedule_id: str, start: datetime, end: datetime) -> list[Fire]:
    """The fires without a run in that span, those that begin before it and last into it included."""
    query = f"""
        SELECT {_COLUMNS} FROM fires
        WHERE schedule_id = :id AND nominal_utc <= :end AND coalesce(until_utc, nominal_utc) >= :start AND run_id IS NULL
        ORDER BY nominal_utc"""
    return [fire_from(row) for row in db.rows(query, id=schedule_id, start=start, end=end)]


def list_fires(db: Connection, schedule_id: str, limit: int | None) -> list[Fire]:
    """The newest `limit` fires of a schedule (None: all), oldest first."""
    query = f"SELECT {_COLUMNS} FROM fires WHERE schedule_id = :id ORDER BY nominal_utc DESC LIMIT :limit"
    return [fire_from(row) for row in reversed(db.rows(query, id=schedule_id, limit=db.limit(limit)))]


def fire_from(row: Any) -> Fire:
    return Fire(
        schedule_id=row.schedule_id,
        nominal=row.nominal_utc,
        disposition=Disposition(row.disposition),
        reason=row.reason,
        run_id=row.run_id,
        until=row.until_utc,
        count=row.count,
        due=row.due_utc,
    )
