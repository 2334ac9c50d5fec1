"""Calendars and their days, which previews and the planner read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from workflow_scheduler.domain.calendar import Calendar, CalendarDay, Days
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.schedule import Schedule

from . import tables
from .schedule_rows import SCHEDULE_COLUMNS, schedule_from
from .sql import Connection

__all__ = [
    "StoredCalendar",
    "calendar_names",
    "days_of",
    "deadlines_naming",
    "delete_calendar",
    "find_calendar",
    "list_calendars",
    "one_change_at_a_time",
    "save_calendar",
    "schedule_counts",
    "schedules_observing",
]


_MOST_KNOWN = 64
_known: dict[str, Days] = {}
"""By revision, which changes with every row of a calendar: planning reads the rows once."""


@dataclass(frozen=True, slots=True)
class StoredCalendar:
    calendar: Calendar
    expanded_at: datetime
    last: date | None
    """Its last day with a row."""


def calendar_names(db: Connection) -> list[str]:
    return db.column("SELECT id FROM calendars ORDER BY id")


_LIST = """
    SELECT id, definition, expanded_at, (SELECT max(day) FROM calendar_days WHERE calendar = calendars.id) AS last_day
    FROM calendars"""


def list_calendars(db: Connection) -> list[StoredCalendar]:
    return [_stored(row) for row in db.rows(f"{_LIST} ORDER BY id")]


def find_calendar(db: Connection, name: str) -> StoredCalendar | None:
    row = db.row(f"{_LIST} WHERE id = :id", id=name)
    return None if row is None else _stored(row)


def _stored(row: Any) -> StoredCalendar:
    last = date.fromisoformat(row.last_day) if row.last_day else None
    return StoredCalendar(Calendar(row.id, row.definition), row.expanded_at, last)


def days_of(db: Connection, names: Collection[str]) -> Mapping[str, Days]:
    """The days of those of the calendars that exist."""
    found: dict[str, Days] = {}
    for row in db.rows("SELECT id, revision FROM calendars WHERE id IN :names", names=sorted(names)):
        if row.revision not in _known:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[row.revision] = _read(db, row.id)
        found[row.id] = _known[row.revision]
    return found


def _read(db: Connection, name: str) -> Days:
    query = "SELECT day, open, why, source FROM calendar_days WHERE calendar = :name ORDER BY day"
    rows = db.rows(query, name=name)
    return Days(name, [CalendarDay(date.fromisoformat(row.day), row.open, row.why, row.source) for row in rows])


def save_calendar(
    db: Connection, calendar: Calendar, days: Collection[CalendarDay], now: datetime, today: date
) -> None:
    """Store the calendar, and its days from today on; days before keep their rows, so that history stays explained."""
    values = {"id": calendar.id, "definition": dict(calendar.definition), "revision": uuid4().hex, "now": now}
    change = "UPDATE calendars SET definition = :definition, revision = :revision, expanded_at = :now WHERE id = :id"
    if not db.run(change, **values):
        db.run(_ADD, **{name: values[name] for name in ("id", "definition", "revision")}, expanded_at=now)
    db.run("DELETE FROM calendar_days WHERE calendar = :id AND day >= :today", id=calendar.id, today=today.isoformat())
    db.run_each(
        f"{_ADD_DAY} ON CONFLICT (calendar, day) DO NOTHING",
        [
            {
                "calendar": calendar.id,
                "day": day.day.isoformat(),
                "open": day.open,
                "why": day.why,
                "source": day.source,
            }
            for day in days
        ],
    )


_ADD, _ADD_DAY = tables.calendars.insert(), tables.calendar_days.insert()


def one_change_at_a_time(db: Connection) -> None:
    """Let no other transaction change a calendar until this one ends."""
    db.one_at_a_time(7_351_406)


def delete_calendar(db: Connection, name: str) -> None:
    db.run("DELETE FROM calendar_days WHERE calendar = :name", name=name)
    db.run("DELETE FROM calendars WHERE id = :name", name=name)


def schedules_observing(db: Connection, name: str, after: str, most: int) -> list[Schedule]:
    """Up to `most` schedules with that calendar, by ID, after the given one; locked for this transaction."""
    query = f"""
        SELECT {SCHEDULE_COLUMNS} FROM schedules WHERE calendar = :name AND id > :after ORDER BY id LIMIT :most
        /*postgresql FOR UPDATE*/"""
    return [schedule_from(row) for row in db.rows(query, name=name, after=after, most=most)]


def deadlines_naming(db: Connection, name: str) -> list[str]:
    """The workflows and schedules with a deadline that counts the days of the calendar."""
    texts = """
        SELECT id, CAST(deadlines AS TEXT) AS written FROM workflows WHERE deadlines IS NOT NULL UNION ALL
        SELECT id, CAST(policies AS TEXT) AS written FROM schedules WHERE CAST(policies AS TEXT) LIKE :finish_by"""
    found = db.rows(texts, finish_by='%"finish_by"%')
    return [row.id for row in found if re.search(rf': "[0-9:]+ \+[0-9]+ {re.escape(name)}"', row.written or "")]


def schedule_counts(db: Connection) -> dict[str, int]:
    """The number of schedules that observe each calendar."""
    query = "SELECT calendar, count(*) FROM schedules WHERE calendar IS NOT NULL GROUP BY calendar"
    return {row[0]: row[1] for row in db.rows(query)}
