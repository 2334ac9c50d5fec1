"""Applies and deletes calendars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from workflow_scheduler.calendars.holiday_sets import further_categories
from workflow_scheduler.domain.calendar import Calendar
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.engine.calendar_change import ChangedDay, expanded, replace_calendar
from workflow_scheduler.operations.lookup import existing_calendar
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import calendars as store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["AppliedCalendar", "apply_calendars", "calendar_changes", "delete_calendar"]


@dataclass(frozen=True, slots=True)
class AppliedCalendar:
    """The result of one calendar: "created", "changed" or "unchanged", and the days to come that changed."""

    id: str
    result: str
    changed_days: tuple[ChangedDay, ...] = ()
    warnings: tuple[str, ...] = ()
    """Further categories of holidays that its country has."""


def apply_calendars(
    database: Database, calendars: Sequence[Calendar], home: Path, now: datetime, *, dry_run: bool = False
) -> list[AppliedCalendar]:
    """Store the calendars with their rows, all or none."""
    work = calendar_changes(calendars, home, now, dry_run=dry_run)
    if dry_run and not database.exists():
        return [AppliedCalendar(calendar.id, "created", (), tuple(_warnings(calendar, now))) for calendar in calendars]
    return database.read(work) if dry_run else write_and_wake(database, work)


def calendar_changes(
    calendars: Sequence[Calendar], home: Path, now: datetime, *, dry_run: bool = False
) -> Callable[[Connection], list[AppliedCalendar]]:
    """The same within the caller's transaction. An unchanged calendar is expanded again: its files or the library may have
    changed."""
    rows = {calendar.id: expanded(calendar, home, now) for calendar in calendars}

    def work(db: Connection) -> list[AppliedCalendar]:
        done = []
        for calendar in calendars:
            found = store.find_calendar(db, calendar.id)
            result = "created" if found is None else "unchanged" if found.calendar == calendar else "changed"
            days = () if dry_run else tuple(replace_calendar(db, calendar, rows[calendar.id], now))
            done.append(AppliedCalendar(calendar.id, result, days, tuple(_warnings(calendar, now))))
        return done

    return work


def _warnings(calendar: Calendar, now: datetime) -> list[str]:
    found = []
    for holidays in calendar.definition["holidays"]:
        if further := further_categories(holidays, now.year):
            place = "-".join(part for part in (holidays["country"], holidays["region"]) if part)
            found.append(
                f"{calendar.id}: {place} has holidays of further categories, which are not closed days: {', '.join(further)}."
            )
    return found


def delete_calendar(database: Database, name: str) -> None:
    """Refused while a schedule observes it, or a deadline counts its days."""

    def work(db: Connection) -> None:
        existing_calendar(db, name)
        if schedules := store.schedules_observing(db, name, "", 5):
            names = ", ".join(schedule.id for schedule in schedules)
            raise Refused(f"The calendar {name!r} is observed by {names}; give them another one first.")
        if users := store.deadlines_naming(db, name):
            raise Refused(f"Deadlines of {', '.join(users[:5])} count the days of {name!r}; change them first.")
        store.delete_calendar(db, name)

    write_and_wake(database, work)
