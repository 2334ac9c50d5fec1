"""Calendars and their days on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

from workflow_scheduler.domain.calendar import Calendar, CalendarDay
from workflow_scheduler.storage import calendars
from workflow_scheduler.storage.database import Database

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def day(number: int, why: str = "") -> CalendarDay:
    return CalendarDay(date(2026, 11, number), not why, why, "closed" if why else "")


def save(database: Database, *days: CalendarDay, today: int = 23) -> None:
    calendar = Calendar("c", {"weekend": ["sat"]})
    database.write(lambda db: calendars.save_calendar(db, calendar, days, NOW, date(2026, 11, today)))


def test_days_come_back_and_those_before_today_stay(database: Database) -> None:
    save(database, day(22, "a"), day(23, "b"), day(24))
    save(database, day(22, "other"), day(23), day(24, "c"), day(25))
    found = database.read(lambda db: calendars.days_of(db, ["c", "none"]))
    assert list(found) == ["c"]
    assert list(found["c"]) == [day(22, "a"), day(23), day(24, "c"), day(25)]
    stored = database.read(lambda db: calendars.find_calendar(db, "c"))
    assert stored is not None
    assert (stored.calendar.definition, stored.expanded_at, stored.last) == (
        {"weekend": ["sat"]},
        NOW,
        date(2026, 11, 25),
    )


def test_days_are_read_again_only_after_a_change(database: Database) -> None:
    save(database, day(23))
    first = database.read(lambda db: calendars.days_of(db, ["c"]))["c"]
    assert database.read(lambda db: calendars.days_of(db, ["c"]))["c"] is first
    save(database, day(23, "closed"))
    second = database.read(lambda db: calendars.days_of(db, ["c"]))["c"]
    assert second.is_closed(date(2026, 11, 23))
    assert first.is_open(date(2026, 11, 23))


def test_a_calendar_is_deleted_with_its_days(database: Database) -> None:
    save(database, day(23))
    database.write(lambda db: calendars.delete_calendar(db, "c"))
    assert database.read(calendars.calendar_names) == []
    assert database.read(lambda db: db.value("SELECT count(*) FROM calendar_days")) == 0
    assert database.read(calendars.schedule_counts) == {}
