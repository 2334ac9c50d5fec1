"""Answers for people: calendars, and the days of a year."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from workflow_scheduler.domain.calendar import day_words

from .plain_table import Styled
from .render import say_parts

if TYPE_CHECKING:
    from workflow_scheduler.operations.calendars.edit import AppliedCalendar
    from workflow_scheduler.operations.calendars.show import CalendarDayRow, CalendarRow, CalendarYear

__all__ = ["show_applied_calendars", "show_year"]

_MONTHS_IN_A_ROW = 3
_WIDTH = len("Mo Tu We Th Fr Sa Su")
_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def show_applied_calendars(done: Sequence[AppliedCalendar], *, dry_run: bool) -> None:
    for applied in done:
        click.echo(f"{applied.id}: {'would be ' if dry_run else ''}{applied.result}")
        for day in applied.changed_days:
            click.echo(f"  {day.day}: {'open' if day.open else day.why}")


def show_year(found: CalendarRow, year: CalendarYear) -> None:
    """The months, closed days in brackets, and the reasons of those that are no weekend."""
    known = f"known until {found.last_day}" if found.last_day else "no day is known"
    say_parts(Styled(found.id, "bold"), f"  {year.year}: {year.open_days} open days, {known}")
    days = {day.date: day for day in year.days}
    for first in range(1, 13, _MONTHS_IN_A_ROW):
        click.echo()
        months = [list(_month(year.year, month, days)) for month in range(first, first + _MONTHS_IN_A_ROW)]
        for at in range(max(map(len, months))):
            click.echo("   ".join(month[at] if at < len(month) else " " * (_WIDTH + 3) for month in months).rstrip())
    reasons = [day for day in year.days if not day.open and day.source != "weekend"]
    if reasons:
        click.echo()
    for day in reasons:
        click.echo(f"{day_words(date.fromisoformat(day.date)):>10}  {day.why}  ({day.source})")
    click.echo("\n[25] is closed, 25? is not known.")


def _month(year: int, month: int, days: dict[str, CalendarDayRow]) -> Iterator[str]:
    yield _NAMES[month - 1].center(_WIDTH + 3)
    yield " Mo Tu We Th Fr Sa Su  "
    for week in calendar.Calendar().monthdatescalendar(year, month):
        cells = " "
        for day in week:
            cells = cells[:-1] + _cell(day, days) if day.month == month else cells + "   "
        yield cells.ljust(_WIDTH + 3)[: _WIDTH + 3]


def _cell(day: date, days: dict[str, CalendarDayRow]) -> str:
    """Four characters, of which the first stands in the place of the last one of the cell before it."""
    row = days.get(day.isoformat())
    if row is None:
        return f" {day.day:>2}?"
    return f" {day.day:>2} " if row.open else f"[{day.day:>2}]"
