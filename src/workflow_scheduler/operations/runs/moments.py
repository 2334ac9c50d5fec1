"""The moment that dates in the values of a run on request are computed from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.placeholders import Moment, is_weekday
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.calendars import days_of
from workflow_scheduler.storage.database import Connection

__all__ = ["moment_of_run"]


def moment_of_run(
    db: Connection, workflow_id: str, time: datetime, timezone: str, schedule_id: str | None = None
) -> Moment:
    """With the open days of the schedule's calendar; without a schedule, of the calendar that all the workflow's schedules
    observe, otherwise Monday to Friday."""
    calendars = {schedule.id: schedule.policies.calendar for schedule in catalog.list_schedules(db, workflow_id)}
    names = {calendars.get(schedule_id)} if schedule_id else set(calendars.values())
    name = names.pop() if len(names) == 1 else None
    days = days_of(db, [name]).get(name) if name else None
    return Moment(time, ZoneInfo(timezone), days.knows_open if days else is_weekday)
