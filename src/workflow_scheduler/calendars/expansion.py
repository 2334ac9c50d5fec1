"""Expands a calendar into rows: the only work for which the libraries of the extra `calendars` are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.calendar import Calendar, CalendarDay

from .holiday_sets import holidays_between
from .ics import closed_days

__all__ = ["expand"]

_DAY = timedelta(days=1)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def expand(calendar: Calendar, first: date, last: date, home: Path) -> list[CalendarDay]:
    """A row for each day from `first` to `last`. InvalidInput if a part of the calendar cannot be read.

    What is listed later wins: weekend, holidays, ICS files, closed days, open days.
    """
    definition = calendar.definition
    closed: dict[date, tuple[str, str]] = {}
    weekend = {_WEEK.index(name) for name in definition["weekend"]}
    for at in range((last - first).days + 1):
        day = first + at * _DAY
        if day.weekday() in weekend:
            closed[day] = ("a weekend day", "weekend")
    for holidays in definition["holidays"]:
        closed |= {day: (why, source_of(holidays)) for day, why in holidays_between(holidays, first, last).items()}
    for file in definition["ics"]:
        closed |= {day: (why, f"ics {file}") for day, why in closed_days(home / file, first, last).items()}
    for span in definition["closed"]:
        closed |= dict.fromkeys(_days(span, first, last), (span["why"] or "closed", "closed"))
    opened = {day: span["why"] for span in definition["open"] for day in _days(span, first, last)}
    rows: list[CalendarDay] = []
    for at in range((last - first).days + 1):
        day = first + at * _DAY
        if day in opened:
            rows.append(CalendarDay(day, True, opened[day], "open"))
        else:
            why, source = closed.get(day, ("", ""))
            rows.append(CalendarDay(day, not source, why, source))
    return rows


def source_of(holidays: Mapping[str, Any]) -> str:
    """`holidays DE-BY`, `holidays XNYS`."""
    name = holidays["market"] or "-".join(part for part in (holidays["country"], holidays["region"]) if part)
    return f"holidays {name}"


def _days(span: Mapping[str, Any], first: date, last: date) -> list[date]:
    begin, end = date.fromisoformat(span["from"]), date.fromisoformat(span["to"])
    begin, end = max(begin, first), min(end, last)
    return [begin + at * _DAY for at in range((end - begin).days + 1)]
