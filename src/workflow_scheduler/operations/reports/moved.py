"""Fires that are other than usual because of a calendar."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import Disposition
from workflow_scheduler.engine.planner import calendars_of, due_times_of
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_schedules import schedules_with_calendar

from .rows import Moved

__all__ = ["moved_fires"]

_LOOKED_AT, _MOST = 200, 50
"""Schedules with a calendar, those that are due first; and the fires that are listed."""


def moved_fires(db: Connection, after: datetime, until: datetime) -> tuple[Moved, ...]:
    """The fires due in that span, or left out in it, in order of their nominal times."""
    schedules = schedules_with_calendar(db, _LOOKED_AT)
    calendars = calendars_of(db, schedules)
    found: list[Moved] = []
    for schedule in schedules:
        try:
            fires = due_times_of(schedule, calendars).fires(after, until)
        except InvalidInput:
            continue  # such a schedule is listed among the problems
        for fire in fires[:_MOST]:
            left_out = fire.disposition is Disposition.SKIPPED_CALENDAR
            by_jitter = 0 <= (fire.due - fire.nominal).total_seconds() <= schedule.policies.jitter
            if left_out or (fire.runs and not by_jitter):
                due = None if left_out else fire.due
                found.append(Moved(schedule.workflow_id, schedule.id, schedule.timezone, fire.nominal, due, fire.why))
    return tuple(sorted(found, key=lambda fire: fire.nominal_utc)[:_MOST])
