"""Schedules as people see them: due next, late, paused. Read only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from workflow_scheduler.domain.schedule import Schedule

from .queries_workflows import NEWEST
from .schedule_rows import SCHEDULE_COLUMNS, schedule_from
from .sql import Connection

__all__ = [
    "coming",
    "due_until",
    "late_schedules",
    "next_schedules",
    "paused_schedules",
    "schedules_to_come",
    "schedules_with_calendar",
    "timezones",
    "walk_schedules",
]

_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedules"


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


def coming(db: Connection, until: datetime, most: int, since: datetime | None = None) -> list[Schedule]:
    """The schedules whose next fire is in that span, earliest first."""
    if since is None:
        query = f"{_SCHEDULES} WHERE next_due_utc <= :until ORDER BY next_due_utc LIMIT :most"
        return [schedule_from(row) for row in db.rows(query, until=until, most=most)]
    query = f"{_SCHEDULES} WHERE next_due_utc <= :until AND next_due_utc >= :since ORDER BY next_due_utc LIMIT :most"
    return [schedule_from(row) for row in db.rows(query, until=until, since=since, most=most)]


def schedules_with_calendar(db: Connection, most: int) -> list[Schedule]:
    """Those that will be due again, the next first."""
    query = f"""{_SCHEDULES} WHERE calendar IS NOT NULL AND next_due_utc IS NOT NULL
        ORDER BY next_due_utc, id LIMIT :most"""
    return [schedule_from(row) for row in db.rows(query, most=most)]


def paused_schedules(db: Connection, most: int) -> list[tuple[str, str]]:
    """The schedules that are paused themselves, each with its workflow."""
    rows = db.rows("SELECT id, workflow_id FROM schedules WHERE NOT enabled ORDER BY id LIMIT :most", most=most)
    return [(row[0], row[1]) for row in rows]


def late_schedules(db: Connection, before: datetime, most: int) -> list[Schedule]:
    """The schedules that were due before the time and have no disposition yet, the latest first."""
    query = f"{_SCHEDULES} WHERE next_due_utc < :before ORDER BY next_due_utc LIMIT :most"
    return [schedule_from(row) for row in db.rows(query, before=before, most=most)]


def walk_schedules(db: Connection, after: str, workflow_id: str | None) -> Iterator[tuple[Schedule, bool]]:
    """The schedules after that ID, each with whether its workflow is enabled; reads no more than the caller takes."""
    of_workflow = "AND schedules.workflow_id = :workflow_id" if workflow_id is not None else ""
    query = f"""
        SELECT {SCHEDULE_COLUMNS}, {db.flag_in("workflow_versions.definition", "enabled")} AS workflow_enabled
        FROM schedules JOIN workflows ON workflows.id = schedules.workflow_id {NEWEST}
        WHERE schedules.id > :after {of_workflow} ORDER BY schedules.id"""
    values = {"after": after} | ({} if workflow_id is None else {"workflow_id": workflow_id})
    for row in db.walk(query, 200, **values):
        yield schedule_from(row), row.workflow_enabled
