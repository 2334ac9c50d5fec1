"""Queries of schedules and their fires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.schedule import DueFire, Schedule, written
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.pagination import name_behind, text_behind
from workflow_scheduler.storage import catalog, queries_schedules, queries_workflows
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage.database import Connection, Database

from .rows import ComingFire, FireRow, SchedulePage, ScheduleRow

if TYPE_CHECKING:
    from workflow_scheduler.triggers.base import Shift

__all__ = [
    "coming_fires",
    "fire_list",
    "fires_of",
    "get_schedule",
    "schedule_list",
    "schedule_page",
    "schedule_row",
    "schedules_of",
]


def fires_of(spec: Mapping[str, Any], timezone: str, start: datetime, count: int) -> list[ComingFire]:
    """The next fires after `start`, in UTC and in the schedule's zone, with what a change of the clock does to each.

    A stored schedule that cannot be read has none.
    """
    from workflow_scheduler.triggers.fire_times import build, following  # noqa: PLC0415  lists do without, and without APScheduler

    try:
        trigger = build(dict(spec), timezone)
    except InvalidInput:
        return []
    zone = ZoneInfo(timezone)
    return [
        ComingFire(moment, moment.astimezone(zone).isoformat(), shift.words if (shift := trigger.shift(moment)) else "")
        for moment in following(trigger, start, count)
    ]


def coming_fires(
    database: Database | None,
    schedule: Schedule,
    start: datetime,
    count: int,
    calendars: Mapping[str, Days] | None = None,
) -> list[ComingFire]:
    """The next fires of a schedule; none if it cannot be read. `database`: with its calendar, if it has one. `calendars`:
    those that count instead of the stored ones."""
    if not schedule.adjusted:
        return [] if schedule.problem else fires_of(schedule.spec, schedule.timezone, start, count)
    from workflow_scheduler.engine.planner import calendars_of, due_times_of  # noqa: PLC0415  as above

    stored = {} if database is None else database.read(lambda db: calendars_of(db, [schedule]))
    try:
        trigger = due_times_of(schedule, {**stored, **(calendars or {})})
    except InvalidInput:
        return []
    zone = ZoneInfo(schedule.timezone)
    return [_coming(fire, trigger.shift(fire.nominal), zone) for fire in trigger.coming(start.astimezone(UTC), count)]


def _coming(fire: DueFire, shift: Shift | None, zone: ZoneInfo) -> ComingFire:
    return ComingFire(
        utc=fire.due,
        local=fire.due.astimezone(zone).isoformat(),
        note="; ".join(words for words in (fire.why, shift.words if shift else "") if words),
        nominal=None if fire.nominal == fire.due else fire.nominal.astimezone(zone).isoformat(),
        disposition=None if fire.runs else fire.disposition.value,
    )


def get_schedule(database: Database, schedule_id: str) -> Schedule:
    found = database.read(lambda db: catalog.find_schedule(db, schedule_id))
    if found is None:
        raise no_such("schedule", schedule_id)
    return found


def schedules_of(database: Database, workflow_id: str) -> list[Schedule]:
    return database.read(lambda db: catalog.list_schedules(db, workflow_id))


def schedule_list(database: Database, workflow_id: str | None = None) -> list[ScheduleRow]:
    def work(db: Connection) -> tuple[list[Schedule], set[str]]:
        return catalog.list_schedules(db, workflow_id), set(queries_workflows.disabled_workflows(db, None))

    schedules, disabled = database.read(work)
    return [schedule_row(schedule, workflow_enabled=schedule.workflow_id not in disabled) for schedule in schedules]


def schedule_page(
    database: Database, *, limit: int, cursor: str | None, q: str, workflow_id: str | None
) -> SchedulePage:
    """Schedules, by identifier, with `q` in their own or their workflow's identifier or in their description."""
    words = q.casefold()

    def work(db: Connection) -> tuple[list[ScheduleRow], bool]:
        rows: list[ScheduleRow] = []
        for schedule, enabled in queries_schedules.walk_schedules(db, name_behind(cursor), workflow_id):
            if len(rows) == limit:
                return rows, True
            row = schedule_row(schedule, workflow_enabled=enabled)
            if any(words in text.casefold() for text in (row.id, row.workflow_id, row.description)):
                rows.append(row)
        return rows, False

    rows, more = database.read(work)
    return SchedulePage(tuple(rows), text_behind(rows[-1].id) if more else None)


def fire_list(database: Database, schedule_id: str, limit: int | None) -> list[FireRow]:
    def work(db: Connection) -> list[Any]:
        if schedule_id not in catalog.schedule_ids_ever(db):
            raise no_such("schedule", schedule_id)
        return list(fire_store.list_fires(db, schedule_id, limit))

    return [
        FireRow(
            nominal_utc=fire.nominal,
            disposition=fire.disposition.value,
            run_id=fire.run_id,
            reason=fire.reason,
            until_utc=fire.until,
            count=fire.count,
            due_utc=fire.due,
        )
        for fire in database.read(work)
    ]


def schedule_row(schedule: Schedule, *, workflow_enabled: bool = True) -> ScheduleRow:
    from workflow_scheduler.triggers.spec import describe, problem_of  # noqa: PLC0415  lists do without APScheduler

    problem = schedule.problem or problem_of(schedule.spec, schedule.timezone)
    return ScheduleRow(
        id=schedule.id,
        workflow_id=schedule.workflow_id,
        description=f"Cannot be read: {problem}" if problem else describe(schedule.spec, schedule.timezone),
        problem=problem,
        spec=written(schedule.spec),
        timezone=schedule.timezone,
        policies=schedule.policies,
        enabled=schedule.enabled and workflow_enabled,
        paused=not schedule.enabled,
        next_utc=schedule.planner.next_due,
    )
