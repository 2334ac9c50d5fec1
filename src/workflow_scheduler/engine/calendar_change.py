"""Replaces the rows of a calendar: fires up to now follow the old rows, later ones the new."""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from workflow_scheduler.calendars.expansion import expand
from workflow_scheduler.domain.calendar import EXPANDED, SEARCHED, Calendar, CalendarDay, Days
from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import DueFire, Schedule
from workflow_scheduler.storage import calendars as calendar_store
from workflow_scheduler.storage import catalog, planner_pause, queries_workflows
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.crash_points import crash_point
from workflow_scheduler.triggers.base import Trigger
from workflow_scheduler.triggers.business_day import fire_of_period
from workflow_scheduler.triggers.fire_times import build
from workflow_scheduler.triggers.rule_changes import changed_fires

from .accounting import Accounting, account_for_late
from .cancel import replace_runs
from .planner import BATCH, account_for, calendars_of, due_times_of, fresh_trigger_of, readable, settle, store

__all__ = ["ChangedDay", "days_from", "expanded", "refresh_calendars", "replace_calendar"]

_DAY = timedelta(days=1)
_BEHIND = timedelta(hours=12)
"""No zone is further behind UTC: what is past there is past everywhere."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day to come that opens or closes, or closes for another reason."""

    day: str
    open: bool
    why: str


def days_from(now: datetime) -> date:
    """The first day that can still change."""
    return (now - _BEHIND).date()


def refresh_calendars(database: Database, home: Path, now: datetime) -> None:
    """Expand each calendar that was not expanded today: a row for the new last day, and what a library or a file changed."""
    for stored in database.read(calendar_store.list_calendars):
        if stored.expanded_at.date() >= now.date():
            continue
        try:
            rows = expanded(stored.calendar, home, now)
        except SchedulerError as error:
            _log.error("The calendar %s could not be expanded: %s", stored.calendar.id, error)
            continue
        changed = database.write(lambda db, of=stored.calendar, rows=rows: replace_calendar(db, of, rows, now))  # type: ignore[misc]
        for day in changed:
            _log.info("The calendar %s changed: %s is %s", stored.calendar.id, day.day, day.why or "open")


def expanded(calendar: Calendar, home: Path, now: datetime) -> list[CalendarDay]:
    """Its days from the year before on, for shifted dates and for past nights that are run again."""
    today = days_from(now)
    return expand(calendar, date(today.year - 1, 1, 1) - SEARCHED * _DAY, today + EXPANDED, home)


def replace_calendar(
    db: Connection, calendar: Calendar, rows: Sequence[CalendarDay], now: datetime
) -> list[ChangedDay]:
    """Store the calendar with its rows, in the caller's transaction. Returns the days to come that changed."""
    calendar_store.one_change_at_a_time(db)
    old = calendar_store.days_of(db, [calendar.id]).get(calendar.id)
    active = not planner_pause.paused(db)
    if old is not None and active:
        for schedules in _observing(db, calendar.id):
            _account(db, schedules, now)
    crash_point("calendar.before_replaced")
    calendar_store.save_calendar(db, calendar, rows, now, days_from(now))
    for schedules in _observing(db, calendar.id):
        _replan(db, schedules, old, now)
    crash_point("calendar.replaced")
    if old is None:
        return []
    new = calendar_store.days_of(db, [calendar.id])[calendar.id]
    return [
        ChangedDay(row.day.isoformat(), row.open, row.why)
        for row in new
        if row.day >= days_from(now) and (was := old.find(row.day)) is not None and was != row
    ]


def _observing(db: Connection, name: str) -> Iterator[list[Schedule]]:
    """The schedules of the calendar that are not paused, in batches."""
    off = set(queries_workflows.disabled_workflows(db, None))
    after = ""
    while found := calendar_store.schedules_observing(db, name, after, BATCH):
        yield [schedule for schedule in found if schedule.enabled and schedule.workflow_id not in off]
        after = found[-1].id


def _account(db: Connection, schedules: Collection[Schedule], now: datetime) -> None:
    cancel = functools.partial(replace_runs, db, now)
    store(db, account_for(db, readable(db, schedules, fresh_trigger_of), now, cancel), now)


def _replan(db: Connection, schedules: Collection[Schedule], old: Days | None, now: datetime) -> None:
    """Recompute when they are due. A fire that was still to come and now should have been runs as a missed one."""
    found = readable(db, schedules, fresh_trigger_of)
    store(db, [_replanned(db, schedule, trigger, old, now) for schedule, trigger in found], now)


def _replanned(db: Connection, schedule: Schedule, trigger: Trigger, old: Days | None, now: datetime) -> Accounting:
    cursor = schedule.planner.cursor or now
    late: list[DueFire] = []
    if old is not None and "business_day" in schedule.spec:
        schedule, late = _same_period(db, schedule, old, cursor)
        trigger = fresh_trigger_of(schedule, calendars_of(db, [schedule]))
    elif old is not None:
        late, settled = changed_fires(due_times_of(schedule, {old.calendar: old}), trigger, cursor)
        if settled:
            schedule = settle(schedule, settled, now)
            catalog.save_schedule(db, schedule)
            trigger = fresh_trigger_of(schedule, calendars_of(db, [schedule]))
    active = fire_store.active_runs(db, [schedule])[fire_store.scope_of(schedule)] if late else 0
    return account_for_late(schedule.at(cursor, trigger.next_after(cursor)), late, now, active)


def _same_period(db: Connection, schedule: Schedule, old: Days, now: datetime) -> tuple[Schedule, list[DueFire]]:
    """A period has one fire, although its business day moves: the one that has passed by now is late, and the one that
    comes again is skipped."""
    asked, zone = schedule.spec["business_day"], schedule.timezone
    new = calendar_store.days_of(db, [old.calendar])[old.calendar]
    before, after = (fire_of_period(build(schedule.spec, zone, days), asked, zone, now) for days in (old, new))
    if before is None or after is None or (before > now) is (after > now):
        return schedule, []
    if before > now:
        return schedule, [fire for fire in [due_times_of(schedule, {old.calendar: new}).place(after)] if fire.runs]
    skip = (after, f"the business day of this {asked['of']} was {before.astimezone(ZoneInfo(zone)):%Y-%m-%d}")
    skipped = replace(schedule, planner=replace(schedule.planner, skips=(*schedule.planner.skips, skip)))
    catalog.save_schedule(db, skipped)
    return skipped, []
