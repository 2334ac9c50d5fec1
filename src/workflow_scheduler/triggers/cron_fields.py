"""The five fields of a cron expression, parsed into their values."""

from __future__ import annotations

import calendar
import functools
import re
from collections.abc import Collection
from datetime import date
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass

from .cron_refusals import refuse_count, refuse_field, refuse_word, refuse_zone

__all__ = ["NAMES", "CronFields", "Field", "Rhythm", "check_field", "parse_cron"]

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# Not those of `calendar`, which speaks the language of the process.
WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
YEAR = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTHS = {name.lower(): number for number, name in enumerate(YEAR, 1)}
_WEEKDAYS = {name.lower(): number for number, name in enumerate(WEEK)}
_TERM = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?", re.ASCII)
_LONGEST = 200
LAST_WEEKDAY = 0
"""Among the days of a month: its last day from Monday to Friday. -1 is its last day, -2 the day before that."""


@dataclass(frozen=True, slots=True)
class Field:
    """The values that a field may have. After `ring` values it restarts with each `round`; Sunday is 0 and 7."""

    name: str
    round: str
    low: int
    high: int
    ring: int
    longest_step: int
    names: dict[str, int]
    allowed: str

    def number(self, text: str) -> int:
        """The value of a number, or of a name, in full or shortened to at least three letters. ValueError for anything
        else."""
        if text.isdigit():
            if self.low <= int(text) <= self.high:
                return int(text)
        elif len(text) >= 3:
            for name, number in self.names.items():
                if name.startswith(text):
                    return number
        raise ValueError(text)


MINUTE = Field("minute", "hour", 0, 59, 60, 59, {}, "0-59")
HOUR = Field("hour", "day", 0, 23, 24, 23, {}, "0-23")
DAY = Field("day-of-month", "month", 1, 31, 31, 31, {}, "1-31, L (the last day), L-3, LW (the last weekday)")
MONTH = Field("month", "year", 1, 12, 12, 12, _MONTHS, "1-12 or jan-dec")
WEEKDAY = Field(
    "day-of-week",
    "week",
    0,
    7,
    7,
    7,
    _WEEKDAYS,
    "0-7 (0 and 7 are Sunday) or sun-sat, fri#2 (the second), friL (the last)",
)
FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)
NAMES = tuple(field.name for field in FIELDS)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A step without an end, as in `*/45` or `5/15`, and its values."""

    field: Field
    term: str
    step: int
    values: tuple[int, ...]

    @property
    def even(self) -> bool:
        """Whether the last value and the first of the next round are as far apart as all others."""
        if len(self.values) < 2:
            return True
        return self.field is not DAY and self.values[-1] + self.step == self.values[0] + self.field.ring


@dataclass(frozen=True, slots=True, eq=False)  # one object for an expression; its own hash is quick
class CronFields:
    """The values of an expression. `days` of the month: see LAST_WEEKDAY. `weekdays`: Sunday is 0. `nth`: weekdays
    with their number in the month, -1 for the last one."""

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    nth: frozenset[tuple[int, int]]
    rhythms: tuple[Rhythm, ...]

    @property
    def fixed(self) -> bool:
        """Whether neither minute nor hour begins with a star; an expression in which one does follows real time
        through a clock change."""
        minute, hour = self.expression.split()[:2]
        return minute[0] != "*" and hour[0] != "*"

    @property
    def both_days(self) -> bool:
        """Whether both day fields must match; if neither begins with a star, one is enough."""
        _, _, day, _, weekday = self.expression.split()
        return day[0] == "*" or weekday[0] == "*"

    @property
    def any_day(self) -> bool:
        """Whether the day of the month is not restricted."""
        return len([day for day in self.days if day > 0]) == DAY.ring

    @property
    def any_weekday(self) -> bool:
        return len(self.weekdays) == WEEKDAY.ring

    def matches(self, day: date) -> bool:
        """Whether it fires on that date, at any time."""
        if day.month not in self.months:
            return False
        if self.both_days:
            return self._matches_day(day) and self._matches_weekday(day)
        return self._matches_day(day) or self._matches_weekday(day)

    def _matches_day(self, day: date) -> bool:
        """Whether the day of the month matches, counted from the end, too, and as the last weekday."""
        if day.day in self.days:
            return True
        if min(self.days) > LAST_WEEKDAY:
            return False
        first, last = calendar.monthrange(day.year, day.month)
        if day.day - last - 1 in self.days:
            return True
        over = max(0, (first + last - 1) % 7 - 4)  # days of a weekend at the month's end
        return LAST_WEEKDAY in self.days and day.day == last - over

    def _matches_weekday(self, day: date) -> bool:
        weekday = day.isoweekday() % 7
        if weekday in self.weekdays:
            return True
        if not self.nth:
            return False
        if (weekday, (day.day + 6) // 7) in self.nth:
            return True
        return (weekday, -1) in self.nth and day.day + 7 > calendar.monthrange(day.year, day.month)[1]


@functools.lru_cache(maxsize=10_000)  # one definition is read several times, and many schedules share an expression
def parse_cron(text: str) -> CronFields:
    """The checked fields. InvalidInput names the wrong field, the allowed values, and what to write instead."""
    shown = text.strip()
    refuse_zone(shown)
    if shown.startswith("@"):
        if shown.lower() not in NICKNAMES:
            refuse_word(shown, NICKNAMES)
        shown = NICKNAMES[shown.lower()]
    parts = shown.split()
    if len(parts) != len(FIELDS):
        refuse_count(parts)
    parts[2], parts[4] = ("*" if part == "?" else part for part in (parts[2], parts[4]))
    parsed = [_parse_field(field, part) for field, part in zip(FIELDS, parts, strict=True)]
    minutes, hours, days, months, weekdays = (frozenset(values) for values, _ in parsed)
    return CronFields(
        expression=" ".join(parts).lower(),
        minutes=_shared(minutes),
        hours=_shared(hours),
        days=_shared(days),
        months=_shared(months),
        weekdays=_shared(frozenset(value for value in weekdays if isinstance(value, int))),
        nth=_shared(frozenset(value for value in weekdays if not isinstance(value, int))),
        rhythms=tuple(rhythm for _, rhythms in parsed for rhythm in rhythms),
    )


@functools.lru_cache(maxsize=10_000)
def _shared(values: frozenset[Any]) -> frozenset[Any]:
    """One shared object for equal values: they take most of an expression's memory, and most are equal."""
    return values


def check_field(name: str, part: str) -> None:
    """InvalidInput if the field cannot be read."""
    field = FIELDS[NAMES.index(name)]
    _parse_field(field, "*" if part == "?" and field in (DAY, WEEKDAY) else part)


def _parse_field(field: Field, part: str) -> tuple[set[Any], list[Rhythm]]:
    values: set[Any] = set()
    rhythms: list[Rhythm] = []
    for term in part.split(",") if len(part) <= _LONGEST and part.isascii() else [""]:
        try:
            added, rhythm = _parse_term(field, term.lower())
        except ValueError:
            refuse_field(field.name, part, term.lower(), field.allowed, field.longest_step)
        values.update(added)
        rhythms += [rhythm] if rhythm else []
    return values, rhythms


def _parse_term(field: Field, term: str) -> tuple[Collection[Any], Rhythm | None]:
    """The values of one item of a list. ValueError for an invalid item."""
    if field is DAY and (special := _special_day(term)) is not None:
        return [special], None
    if field is WEEKDAY and (nth := _nth_weekday(term)) is not None:
        return [nth], None
    match = _TERM.fullmatch(term)
    if match is None or (match["first"] == "*" and match["last"]):
        raise ValueError(term)
    step = int(match["step"] or 1)
    if not 1 <= step <= field.longest_step:
        raise ValueError(term)
    if match["last"]:
        return _from_to(field, field.number(match["first"]), field.number(match["last"]), step), None
    start = field.low if match["first"] == "*" else field.number(match["first"])
    end = field.high if match["first"] == "*" or match["step"] else start
    values = sorted({value % 7 if field is WEEKDAY else value for value in range(start, end + 1, step)})
    return values, Rhythm(field, term, step, tuple(values)) if step > 1 else None


def _from_to(field: Field, first: int, last: int, step: int) -> list[int]:
    """The values of a range, which may wrap around the end of its field."""
    if first <= last:
        values = list(range(first, last + 1, step))
    else:
        length = (last - first) % field.ring
        values = [field.low + (first - field.low + at) % field.ring for at in range(0, length + 1, step)]
    return [value % 7 for value in values] if field is WEEKDAY else values


def _special_day(term: str) -> int | None:
    if term == "lw":
        return LAST_WEEKDAY
    match = re.fullmatch(r"l(?:-([0-9]{1,2}))?", term)
    before = int(match[1] or 0) if match else DAY.high
    return -1 - before if before < DAY.high else None


def _nth_weekday(term: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"([a-z0-9]+)#([1-5])|([a-z0-9]+)l", term)
    if match is None:
        return None
    return WEEKDAY.number(match[1] or match[3]) % 7, int(match[2] or -1)
