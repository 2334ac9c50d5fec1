"""The time that a run on request is for, and what dates in its values are computed from."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.wall_time import normal_time
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.calendars import days_of
from workflow_scheduler.storage.database import Connection

__all__ = ["moment_of_run", "nominal_of", "written_time"]


def written_time(written: str, timezone: str) -> datetime:
    """A time as people write it, in UTC; without an offset it is in the zone. A date alone is its midnight. InvalidInput for
    anything else."""
    from workflow_scheduler.triggers.wall_clock import instant_of  # noqa: PLC0415  lists do without APScheduler

    time = datetime.fromisoformat(normal_time(written))
    return time.astimezone(UTC) if time.tzinfo else instant_of(time, ZoneInfo(timezone))


def nominal_of(db: Connection, workflow_id: str, written: str, timezone: str) -> tuple[datetime, str]:
    """The time that was written, as `written_time`, and its zone: that of the workflow's schedules if they have one in
    common, otherwise `timezone`."""
    zones = {schedule.timezone for schedule in catalog.list_schedules(db, workflow_id)}
    zone = zones.pop() if len(zones) == 1 else timezone
    return written_time(written, zone), zone


def moment_of_run(
    db: Connection, workflow_id: str, time: datetime, timezone: str, schedule_id: str | None = None
) -> Moment:
    """With the open days of the schedule's calendar; without a schedule, of the calendar that all the workflow's schedules
    observe, otherwise Monday to Friday."""
    calendars = {schedule.id: schedule.policies.calendar for schedule in catalog.list_schedules(db, workflow_id)}
    names = {calendars.get(schedule_id)} if schedule_id else set(calendars.values())
    name = names.pop() if len(names) == 1 else None
    days = days_of(db, [name]).get(name) if name else None
    return Moment.within(time, timezone, days)
