"""Fires: every due time has exactly one disposition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from workflow_scheduler.domain.schedule import Disposition, Fire, OverlapScope, Schedule

from .prepared import Prepared
from .tables import fires, runs

__all__ = ["active_runs", "list_fires", "open_runs", "record_fires", "scope_of"]


def record_fires(db: Connection, new: Collection[Fire]) -> set[str]:
    """Insert the fires, and return the runs that they begin: one that is on record already keeps its disposition."""
    begun = {fire.run_id: fire for fire in new if fire.run_id is not None}
    if new:
        rows = [
            {
                "schedule_id": fire.schedule_id,
                "nominal_utc": fire.nominal,
                "disposition": fire.disposition.value,
                "reason": fire.reason,
                "run_id": fire.run_id,
                "until_utc": fire.until,
                "count": fire.count,
            }
            for fire in new
        ]
        if _record(db.dialect.name).execute(db, rows) < len(rows):
            return {run_id for run_id, fire in begun.items() if _run_of(db, fire) == run_id}
    return set(begun)


def _run_of(db: Connection, fire: Fire) -> str | None:
    query = select(fires.c.run_id).where(fires.c.schedule_id == fire.schedule_id, fires.c.nominal_utc == fire.nominal)
    return db.execute(query).scalar()


@cache
def _record(dialect: str) -> Prepared:
    # The dialects' own `insert`, of which only the one in use is worth its import.
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]  # noqa: PLC0415
    once = insert(fires).on_conflict_do_nothing(index_elements=["schedule_id", "nominal_utc"])
    return Prepared(once, ["schedule_id", "nominal_utc", "disposition", "reason", "run_id", "until_utc", "count"])


_SCOPES = {OverlapScope.WORKFLOW: runs.c.workflow_id, OverlapScope.SCHEDULE: runs.c.schedule_id}
_ACTIVE = {
    scope: select(column, func.count())
    .where(runs.c.finished_at.is_(None), column.in_(bindparam("ids", expanding=True)))
    .group_by(column)
    for scope, column in _SCOPES.items()
}


def active_runs(db: Connection, due: Collection[Schedule]) -> Counter[tuple[OverlapScope, str]]:
    """How many runs are queued or running that each schedule takes notice of, by what `scope_of` says."""
    counts: Counter[tuple[OverlapScope, str]] = Counter()
    scopes = {scope_of(schedule) for schedule in due}
    for scope, query in _ACTIVE.items():
        ids = [name for of, name in scopes if of is scope]
        for at in range(0, len(ids), 500):  # SQLite's limit of variables is far off, its planner's is not
            counts.update({(scope, row[0]): row[1] for row in db.execute(query, {"ids": ids[at : at + 500]})})
    return counts


def scope_of(schedule: Schedule) -> tuple[OverlapScope, str]:
    """Whose runs a schedule takes notice of: those of its workflow, or its own."""
    scope = schedule.policies.overlap_scope
    return scope, schedule.workflow_id if scope is OverlapScope.WORKFLOW else schedule.id


def open_runs(db: Connection, due: Collection[Schedule]) -> list[str]:
    """The runs that are queued or running that the schedules take notice of."""
    scopes = {scope_of(schedule) for schedule in due}
    found: list[str] = []
    for scope, column in _SCOPES.items():
        names = [name for of, name in scopes if of is scope]
        query = select(runs.c.id).where(runs.c.finished_at.is_(None), column.in_(names))
        found += db.execute(query).scalars() if names else ()
    return list(dict.fromkeys(found))


def list_fires(db: Connection, schedule_id: str, limit: int | None) -> list[Fire]:
    """The newest `limit` fires of a schedule (None: all), oldest of them first."""
    query = select(fires).where(fires.c.schedule_id == schedule_id).order_by(fires.c.nominal_utc.desc()).limit(limit)
    found: list[Any] = list(db.execute(query))
    return [
        Fire(
            schedule_id=row.schedule_id,
            nominal=row.nominal_utc,
            disposition=Disposition(row.disposition),
            reason=row.reason,
            run_id=row.run_id,
            until=row.until_utc,
            count=row.count,
        )
        for row in reversed(found)
    ]
