"""Calendars as people see them: the list, a year, a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from workflow_scheduler.definitions.calendars import written_calendar
from workflow_scheduler.definitions.documents import yaml_of
from workflow_scheduler.domain.calendar import LOOK_AHEAD, Calendar, CalendarDay, day_words
from workflow_scheduler.domain.errors import Outdated
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.lookup import existing_calendar
from workflow_scheduler.storage import calendars as store
from workflow_scheduler.storage.database import Connection, Database

__all__ = [
    "CalendarDayRow",
    "CalendarRow",
    "CalendarText",
    "CalendarYear",
    "calendar_day",
    "calendar_list",
    "calendar_problems",
    "calendar_text",
    "calendar_year",
    "calendars_known",
    "get_calendar",
    "unless_changed",
]


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar, and how far its days are known."""

    id: str
    definition: Mapping[str, Any]
    expanded_at: datetime
    last_day: str | None
    schedules: int


@dataclass(frozen=True, slots=True)
class CalendarDayRow:
    """A day of a calendar; `open` None: it is not known."""

    date: str
    open: bool | None
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class CalendarText:
    """A calendar as YAML. `tag`: another one for another definition."""

    id: str
    yaml: str
    tag: str


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """The known days of a year."""

    id: str
    year: int
    open_days: int
    days: tuple[CalendarDayRow, ...]


def calendar_list(database: Database) -> list[CalendarRow]:
    def work(db: Connection) -> list[CalendarRow]:
        counts = store.schedule_counts(db)
        return [_row(found, counts.get(found.calendar.id, 0)) for found in store.list_calendars(db)]

    return database.read(work)


def get_calendar(database: Database, name: str) -> CalendarRow:
    def work(db: Connection) -> CalendarRow:
        return _row(existing_calendar(db, name), store.schedule_counts(db).get(name, 0))

    return database.read(work)


def calendar_text(database: Database, name: str) -> CalendarText:
    found = database.read(lambda db: existing_calendar(db, name)).calendar
    return CalendarText(name, yaml_of(written_calendar(found)), _tag(found))


def unless_changed(name: str, expected: str | None) -> Callable[[Connection], None]:
    """A check for the transaction of a change: Outdated if the definition has another tag than this one, which may be `*`, or
    exists although none is expected."""

    def check(db: Connection) -> None:
        found = store.find_calendar(db, name)
        tag = None if found is None else _tag(found.calendar)
        if expected not in (tag, "*"):
            words = "was changed meanwhile" if expected else "already exists"
            raise Outdated(f"The calendar {name!r} {words}; reload it and repeat your change.")

    return check


def _tag(calendar: Calendar) -> str:
    return hashlib.sha256(json.dumps(calendar.definition, sort_keys=True).encode()).hexdigest()[:16]


def _row(found: store.StoredCalendar, schedules: int) -> CalendarRow:
    last = found.last.isoformat() if found.last else None
    return CalendarRow(found.calendar.id, written_calendar(found.calendar), found.expanded_at, last, schedules)


def calendar_year(database: Database, name: str, year: int) -> CalendarYear:
    def work(db: Connection) -> CalendarYear:
        existing_calendar(db, name)
        rows = [row for row in store.days_of(db, [name])[name] if row.day.year == year]
        return CalendarYear(name, year, sum(row.open for row in rows), tuple(_day(row) for row in rows))

    return database.read(work)


def calendar_day(database: Database, name: str, day: date) -> CalendarDayRow:
    def work(db: Connection) -> CalendarDayRow:
        existing_calendar(db, name)
        row = store.days_of(db, [name])[name].find(day)
        return CalendarDayRow(day.isoformat(), None, "not known", "") if row is None else _day(row)

    return database.read(work)


def _day(row: CalendarDay) -> CalendarDayRow:
    return CalendarDayRow(row.day.isoformat(), row.open, row.why, row.source)


def calendars_known(database: Database) -> list[str]:
    return database.read(store.calendar_names)


def calendar_problems(database: Database, now: datetime) -> list[str]:
    """A sentence for each calendar that lacks data for the near future."""
    until = (now + LOOK_AHEAD).date()
    found = []
    for calendar in database.read(store.list_calendars):
        if calendar.last is None or calendar.last < until:
            known = day_words(calendar.last) + f" {calendar.last.year}" if calendar.last else "no day"
            found.append(f"The calendar {calendar.calendar.id} is known only until {known}.")
    return found
