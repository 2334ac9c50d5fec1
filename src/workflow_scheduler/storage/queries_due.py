"""When schedules are due: rows for those who need not know all that a schedule is. Read only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from . import tables
from .sql import Connection

__all__ = [
    "DueSchedule",
    "due_next",
    "due_until",
    "late_schedules",
    "next_schedules",
    "paused_schedules",
    "schedules_to_come",
    "timezones",
]

_SCHEDULES = f"SELECT {', '.join(tables.schedules.columns)} FROM schedules"


class DueSchedule(NamedTuple):
    """A schedule with a next fire. `problem`: why its row cannot be read; empty if it can."""

    id: str
    workflow_id: str
    timezone: str
    next_due: datetime
    spec: Mapping[str, Any]
    problem: str


def due_next(db: Connection, until: datetime, most: int, since: datetime | None = None) -> list[DueSchedule]:
    """The schedules whose next fire is in that span, earliest first."""
    values = {"until": until, "most": most} | ({} if since is None else {"since": since})
    begin = "" if since is None else "AND next_due_utc >= :since"
    query = f"{_SCHEDULES} WHERE next_due_utc <= :until {begin} ORDER BY next_due_utc LIMIT :most"
    return [_due_schedule(row) for row in db.rows(query, **values)]


def late_schedules(db: Connection, before: datetime, most: int) -> list[DueSchedule]:
    """The schedules that were due before the time and have no disposition yet, the latest first."""
    query = f"{_SCHEDULES} WHERE next_due_utc < :before ORDER BY next_due_utc LIMIT :most"
    return [_due_schedule(row) for row in db.rows(query, before=before, most=most)]


def _due_schedule(row: Any) -> DueSchedule:
    spec, problem = row.spec, ""
    if row.policies != {} or not isinstance(spec, dict):
        from .schedule_rows import schedule_from  # noqa: PLC0415  slow to load, and most have no policies

        whole = schedule_from(row)
        spec, problem = whole.spec, whole.problem
    return DueSchedule(row.id, row.workflow_id, row.timezone, row.next_due_utc, spec, problem)


def next_schedules(db: Connection, most: int) -> list[tuple[str, str, str, datetime]]:
    """ID, workflow, zone and time of the next due schedules; paused ones are not due."""
    query = """
        SELECT id, workflow_id, timezone, next_due_utc FROM schedules WHERE next_due_utc IS NOT NULL
        ORDER BY next_due_utc, id LIMIT :most"""
    return [(row[0], row[1], row[2], row[3]) for row in db.rows(query, most=most)]


def schedules_to_come(db: Connection) -> int:
    """The number of schedules with a next fire."""
    return int(db.value("SELECT count(next_due_utc) FROM schedules") or 0)


def due_until(db: Connection, until: datetime) -> int:
    """The number of schedules whose next fire is due by then."""
    return int(db.value("SELECT count(*) FROM schedules WHERE next_due_utc <= :until", until=until) or 0)


def timezones(db: Connection, schedule_ids: Collection[str]) -> dict[str, str]:
    """The zones of those of the schedules that still exist."""
    return {row[0]: row[1] for row in db.rows("SELECT id, timezone FROM schedules WHERE id IN :ids", ids=schedule_ids)}


def paused_schedules(db: Connection, most: int) -> list[tuple[str, str]]:
    """The schedules that are paused themselves, each with its workflow."""
    rows = db.rows("SELECT id, workflow_id FROM schedules WHERE NOT enabled ORDER BY id LIMIT :most", most=most)
    return [(row[0], row[1]) for row in rows]
