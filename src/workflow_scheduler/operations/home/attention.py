"""What an operator looks at first: what failed, was skipped, is paused, or late since yesterday, and what comes next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from workflow_scheduler.domain.schedule import LATE, Schedule
from workflow_scheduler.operations.rows import plain
from workflow_scheduler.operations.runs.rows import run_row
from workflow_scheduler.operations.schedules.reschedule import problem_with
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import pages
from workflow_scheduler.storage.calendar import Group, passed_over_groups
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["MOST", "attention"]

MOST = 50
"""Of each kind; there may be more."""
_SINCE = timedelta(days=1)
_LONGEST = timedelta(days=7)
"""A stretch of skipped fires that reaches into the last day may have begun so long before."""
_YEAR = timedelta(days=366)


def attention(database: Database, now: datetime, coming: int) -> dict[str, Any]:
    """Lists of up to `MOST`, newest or latest first, and the next `coming` fires, a schedule each."""
    since = now - _SINCE

    def work(db: Connection) -> dict[str, Any]:
        skipped = [
            group
            for group in passed_over_groups(db, (since - _LONGEST, since, now), MOST)
            if group.stretch or group.last >= since
        ]
        paused, disabled = pages.out_of_service(db, MOST)
        following = pages.coming(db, now + _YEAR, coming, since=now - LATE)
        return {
            "failed": [plain(run_row(run)) for run in pages.ended_badly(db, since, MOST)],
            "skipped": [_skipped(group) for group in skipped],
            "paused": [{"id": name, "workflow_id": workflow} for name, workflow in paused],
            "disabled": disabled,
            "late": [_due(one, "overdue_since") for one in pages.late_schedules(db, now - LATE, MOST)],
            "next": [_due(one, "next_utc") for one in following if not problem_with(one)],
        }

    return database.read(work)


def _skipped(group: Group) -> dict[str, Any]:
    return {
        "schedule_id": group.schedule_id,
        "workflow_id": group.workflow_id,
        "nominal_utc": iso(group.first),
        "until_utc": iso(group.last) if group.count > 1 else None,
        "count": group.count,
        "disposition": group.state,
        "reason": group.reason,
    }


def _due(one: Schedule, name: str) -> dict[str, Any]:
    return {"id": one.id, "workflow_id": one.workflow_id, "timezone": one.timezone, name: iso(one.planner.next_due)}
