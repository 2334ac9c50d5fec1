"""Schedules as people see them. Read only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from workflow_scheduler.domain.schedule import Schedule

from .queries_workflows import NEWEST
from .schedule_rows import SCHEDULE_COLUMNS, schedule_from
from .sql import Connection

__all__ = [
    "coming",
    "schedules_with_calendar",
    "walk_schedules",
]

_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedules"


def coming(db: Connection, until: datetime, most: int) -> list[Schedule]:
    """The schedules whose next fire is due by then, earliest first."""
    query = f"{_SCHEDULES} WHERE next_due_utc <= :until ORDER BY next_due_utc LIMIT :most"
    return [schedule_from(row) for row in db.rows(query, until=until, most=most)]


def schedules_with_calendar(db: Connection, most: int) -> list[Schedule]:
    """Those that will be due again, the next first."""
    query = f"""{_SCHEDULES} WHERE calendar IS NOT NULL AND next_due_utc IS NOT NULL
        ORDER BY next_due_utc, id LIMIT :most"""
    return [schedule_from(row) for row in db.rows(query, most=most)]


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
