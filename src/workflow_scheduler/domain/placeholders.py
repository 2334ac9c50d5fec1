"""Placeholders such as `{region}` and `{date-1d:%Y%m%d}`: found, checked and replaced in one pass, without expressions.

What looks like a placeholder is one; `{{region}}` is the text `{region}`. Braces that cannot be a placeholder, such as those of
JSON, `${HOME}` and `{}`, are text.
"""

from __future__ import annotations

import calendar
import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .calendar import Days
from .errors import InvalidInput
from .quick_dataclass import dataclass

__all__ = [
    "DATES",
    "DATES_AT_START",
    "Moment",
    "Placeholder",
    "fill",
    "fill_items",
    "is_weekday",
    "known_in",
    "mistakes_in",
    "needs_filling",
    "parts_of",
    "sample_of",
]

_BRACES = re.compile(
    r"(?<!\$)\{\{(?P<literal>[A-Za-z_][^{}]*)\}\}"
    r"|(?<![\$\{])\{(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*(?:\+\w+)?)(?P<every>\.\.\.)?(?::(?P<form>[^{}]{0,100}))?\}",
    re.ASCII,
)
_DATE = re.compile(r"(?P<name>date|business_date)(?:(?P<sign>[+-])(?P<count>\d{1,4})(?P<unit>[a-z]*))?", re.ASCII)
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_FORMS = frozenset("aAbBdGHIjmMpSuUVwWyYzZ%")
"""The directives that Linux and Windows share."""
_HOURS = {"h": 1}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}


def is_weekday(day: date) -> bool:
    """Whether a day is open where no calendar says more."""
    return day.weekday() < 5


class Moment(NamedTuple):
    """What dates are computed from: the time that a run is for, in UTC, the zone of its schedule, and which days its
    calendar has open; None for a day that it does not know."""

    nominal: datetime
    zone: ZoneInfo
    is_open: Callable[[date], bool | None] = is_weekday

    @classmethod
    def within(cls, nominal: datetime, timezone: str, days: Days | None) -> Moment:
        """`days`: those of the calendar; None for Monday to Friday."""
        return cls(nominal, ZoneInfo(timezone), is_weekday if days is None else days.knows_open)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`text`: as written. `every`: written with dots, for each item of a list. `count` and `unit` shift a date."""

    text: str
    name: str
    every: bool = False
    form: str = ""
    count: int = 0
    unit: str = ""


def _date(moment: Moment, count: int, unit: str) -> datetime:
    """OverflowError or ValueError past the calendar's end."""
    local = moment.nominal.astimezone(moment.zone)
    if unit in _HOURS:
        return (moment.nominal + timedelta(hours=count)).astimezone(moment.zone)
    if unit in _MONTHS:
        year, month = divmod(local.year * 12 + local.month - 1 + count * _MONTHS[unit], 12)
        return local.replace(year=year, month=month + 1, day=min(local.day, calendar.monthrange(year, month + 1)[1]))
    return local + timedelta(days=count * _DAYS[unit or "d"])


def _business_date(moment: Moment, count: int, _: str) -> datetime:
    """The nth open day before or after the day; for 0 the day itself if it is open, otherwise the open day before it.
    InvalidInput past what the calendar knows."""
    day = moment.nominal.astimezone(moment.zone)
    step = timedelta(days=1 if count > 0 else -1)
    if count == 0:
        return _opened(moment, day, step)
    while count:
        day = _opened(moment, day + step, step)
        count -= step.days
    return day


def _opened(moment: Moment, day: datetime, step: timedelta) -> datetime:
    """The day if it is open, otherwise the next open one in that direction."""
    while not (is_open := moment.is_open(day.date())):
        if is_open is None:
            raise InvalidInput(f"The calendar does not know whether {day:%Y-%m-%d} is open; use a smaller shift.")
        day += step
    return day


DATES: Mapping[str, Callable[[Moment, int, str], datetime]] = {"date": _date, "business_date": _business_date}
"""Each date by its name: computed from the time of the run, and a shift (a count and its unit)."""
DATES_AT_START = frozenset({"date"})
"""Those that are also known when a task starts; the others only when a run is created."""
UNITS: Mapping[str, Collection[str]] = {"date": (*_DAYS, *_MONTHS, *_HOURS), "business_date": ("",)}
"""The units of each date's shift."""
MOST_OPEN_DAYS = 240
"""A shift by open days: a calendar knows more of them in both directions, unless it has few."""


@lru_cache(maxsize=2048)
def parts_of(text: str) -> tuple[str | Placeholder, ...]:
    """The text in parts: as it is, and its placeholders."""
    parts: list[str | Placeholder] = []
    end = 0
    for match in _BRACES.finditer(text):
        part = _literal(match["literal"]) if match["literal"] else _placeholder(match)
        if part is not None:
            parts += [text[end : match.start()], part]
            end = match.end()
    return tuple(part for part in (*parts, text[end:]) if part != "")


def _literal(inside: str) -> str | None:
    """`{x}` for `{{x}}`; None if that is no placeholder, so that both braces are text."""
    single = f"{{{inside}}}"
    match = _BRACES.fullmatch(single)
    return single if match is not None and _placeholder(match) is not None else None


def _placeholder(match: re.Match[str]) -> Placeholder | None:
    name, form = match["name"], match["form"]
    if date := _DATE.fullmatch(name):
        count = int(f"{date['sign'] or ''}{date['count'] or 0}")
        return Placeholder(match[0], date["name"], match["every"] is not None, form or "", count, date["unit"] or "")
    if "+" in name or (form is not None and "%" not in form):
        return None
    return Placeholder(match[0], name, match["every"] is not None, form or "")


def mistakes_in(
    text: str,
    known: Collection[str],
    lists: Collection[str] = (),
    *,
    item: bool = False,
    dates: Collection[str] = DATES,
) -> Iterator[str]:
    """A sentence about each placeholder that cannot be replaced. `known`: the names beside the `dates`; `lists`: those of
    them that are lists, which only a whole `item` of the arguments can hold."""
    if "{" not in text:
        return
    parts = parts_of(text)
    for part in parts:
        if not isinstance(part, str):
            if part.name in DATES and part.name not in dates:
                yield f"{part.text} is known only when a run is created; make it the default of a parameter, and write that here."
            else:
                yield from _mistakes(part, known, lists, dates, alone=item and len(parts) == 1)


def _mistakes(
    part: Placeholder, known: Collection[str], lists: Collection[str], dates: Collection[str], *, alone: bool
) -> Iterator[str]:
    if part.name in DATES:
        if why := _wrong_date(part):
            yield f"{part.text} {why}"
    elif part.name not in known:
        yield f"{part.text} is unknown; {_advice(part, [*dates, *known])}"
    elif part.form:
        yield f"{part.text} has the form of a date; write {{{part.name}}}."
    elif part.name in lists and not (part.every and alone):
        yield f'{part.text} is a list; write "{{{part.name}...}}" as a whole item of args.'
    elif part.every and part.name not in lists:
        yield f"{part.text} is not a list; write {{{part.name}}}."


def _advice(part: Placeholder, names: Collection[str]) -> str:
    near = difflib.get_close_matches(part.name[:100], names, 1)
    meant = (
        f"did you mean {{{near[0]}}}?"
        if near
        else f"known are {', '.join(f'{{{name}}}' for name in islice(names, 12))}."
    )
    return f"{meant} For the text itself, double its braces: {{{part.text}}}."


def _wrong_date(part: Placeholder) -> str:
    if part.every:
        return "is not a list; leave out the dots."
    units = UNITS[part.name]
    if (part.count or part.unit) and part.unit not in units:
        return (
            f"counts open days and has no unit; write {{{part.name}-1}}."
            if "" in units
            else f"has no known unit; write {', '.join(units)}, as in {{{part.name}-1d}}."
        )
    if abs(part.count) > MOST_OPEN_DAYS and "" in units:
        return f"is too far away; write at most {MOST_OPEN_DAYS} open days."
    for letter in _DIRECTIVE.findall(part.form):
        if letter not in _FORMS:
            return f"has the unknown directive %{letter}; use those of strftime, such as %Y%m%d."
    try:
        _date_text(part, Moment(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")))
    except (OverflowError, ValueError):
        return "is outside the calendar; use a smaller shift."
    return ""


def sample_of(text: str, moment: Moment) -> str:
    """The text with dates of that moment, and `x` for everything else."""
    if "{" not in text:
        return text
    return "".join(
        part if isinstance(part, str) else _value(part, {part.name: "x"}, moment, str) for part in parts_of(text)
    )


def known_in(text: str, known: Collection[str]) -> str:
    """The first placeholder of the text that would be replaced where that is allowed; empty if there is none."""
    if "{" in text:
        for part in parts_of(text):
            if not isinstance(part, str) and (part.name in known or part.name in DATES):
                return part.text
    return ""


def needs_filling(text: str) -> bool:
    """Whether the text has placeholders, or doubled braces around what would be one."""
    return "{" in text and parts_of(text) != (text,)


def fill(text: str, values: Mapping[str, str | list[str]], moment: Moment, quoted: Callable[[str], str] = str) -> str:
    """The text with its placeholders replaced, each value `quoted`; what is unknown stays as it is."""
    if "{" not in text:
        return text
    return "".join(part if isinstance(part, str) else _value(part, values, moment, quoted) for part in parts_of(text))


def fill_items(items: Collection[str], values: Mapping[str, str | list[str]], moment: Moment) -> list[str]:
    """The arguments with their placeholders replaced. One placeholder stays one argument; a list with dots is one for each
    of its items."""
    filled: list[str] = []
    for item in items:
        part = parts_of(item)[0] if "{" in item else item
        if not isinstance(part, str) and part.text == item and part.every:
            value = values.get(part.name)
            if isinstance(value, list):
                filled += value
                continue
        filled.append(fill(item, values, moment))
    return filled


def _value(
    part: Placeholder, values: Mapping[str, str | list[str]], moment: Moment, quoted: Callable[[str], str]
) -> str:
    if part.name in DATES:
        try:
            return quoted(_date_text(part, moment))
        except (OverflowError, ValueError):
            return part.text
    value = values.get(part.name)
    return quoted(value) if isinstance(value, str) and not part.form else part.text


def _date_text(part: Placeholder, moment: Moment) -> str:
    return DATES[part.name](moment, part.count, part.unit).strftime(part.form or "%Y-%m-%d")
