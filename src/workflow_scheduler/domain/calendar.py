"""Calendars: which days are open, why the others are closed, and where a fire on a closed day goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from .policies import OnClosed
from .quick_dataclass import dataclass

__all__ = ["EXPANDED", "LOOK_AHEAD", "SEARCHED", "Calendar", "CalendarDay", "Days", "Move", "day_words", "is_calendar"]

EXPANDED = timedelta(days=400)
"""A calendar has rows for this much of the future."""
LOOK_AHEAD = timedelta(days=60)
"""A calendar without data for this much of the future needs attention."""
SEARCHED = 31
"""An open day is searched among this many days."""
_SHOWN = 4
_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_YEAR = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = timedelta(days=1)


def day_words(day: date) -> str:
    """`Fri 25 Dec`: not with `strftime`, which speaks the language of the process."""
    return f"{_WEEK[day.weekday()]} {day.day} {_YEAR[day.month - 1]}"


def is_calendar(document: Any) -> bool:
    """Whether a document of a file is a calendar, and no workflow."""
    return isinstance(document, Mapping) and document.get("kind") == "calendar"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar as written, checked: `definition` has the names of its document."""

    id: str
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """Whether a day is open. `source`: which part of the calendar says so."""

    day: date
    open: bool
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Move:
    """Where the fires of a day go; `day` None: nowhere, because of `why`."""

    day: date | None
    why: str = ""


class Days:
    """The days of one calendar as they are stored. A day without a row is neither open nor closed."""

    def __init__(self, calendar: str, rows: Iterable[CalendarDay]) -> None:
        self.calendar = calendar
        self._days = {row.day: row for row in rows}
        self.last = max(self._days, default=date.min)

    def __iter__(self) -> Iterator[CalendarDay]:
        return iter(self._days.values())

    def find(self, day: date) -> CalendarDay | None:
        return self._days.get(day)

    def knows_open(self, day: date) -> bool | None:
        """Whether the day is open; None if it has no row."""
        row = self._days.get(day)
        return None if row is None else row.open

    def is_open(self, day: date) -> bool:
        row = self._days.get(day)
        return row is not None and row.open

    def is_closed(self, day: date) -> bool:
        row = self._days.get(day)
        return row is not None and not row.open

    def move(self, day: date, rule: OnClosed) -> Move:
        """Where a fire of that day goes by the rule."""
        row = self._days.get(day)
        if row is None:
            return Move(None, f"the calendar {self.calendar} has no data for {day}")
        if row.open:
            return Move(day)
        if rule is OnClosed.SKIP:
            return Move(None, self._closed([day]))
        if rule is OnClosed.RUN:
            return Move(day, f"{self._closed([day])}; runs anyway")
        target, passed = self._search(day, -1 if rule is OnClosed.PREVIOUS else 1)
        if rule is OnClosed.NEXT_IN_MONTH and (target is None or target.month != day.month):
            target, back = self._search(day, -1)
            passed += back[1:]
        if target is None:
            return Move(None, f"{self._closed(passed)}; no open day was found")
        return Move(target, f"{self._closed(passed)}; moved to {day_words(target)}")

    def open_days(self, first: date, last: date) -> list[date]:
        return [day for at in range((last - first).days + 1) if self.is_open(day := first + at * _DAY)]

    def _search(self, day: date, step: int) -> tuple[date | None, list[date]]:
        """The nearest open day in one direction, and the closed days before it."""
        passed = [day]
        for distance in range(1, SEARCHED + 1):
            there = day + step * distance * _DAY
            if self.is_open(there):
                return there, passed
            if not self.is_closed(there):
                return None, passed  # beyond what is known
            passed.append(there)
        return None, passed

    def _closed(self, days: list[date]) -> str:
        rows = [self._days[day] for day in days]
        words = [f"{day_words(row.day)} is {row.why}" for row in rows[:_SHOWN]]
        more = len(rows) - len(words)
        return "; ".join(words) + (f"; {more} more closed days" if more > 1 else "; 1 more closed day" if more else "")
