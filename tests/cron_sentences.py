"""Reads the plain English of a cron expression back: an independent idea of what each sentence promises."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date

Times = set[tuple[int, int]]

_DAY_NAMES = list(calendar.day_name)
_MONTH_NAMES = list(calendar.month_name)[1:]
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_CLOCK = re.compile(r"(\d\d):(\d\d)")


def promised(sentence: str) -> tuple[Times, Callable[[date], bool]]:
    """The times of a day and the days that a sentence names. AssertionError for a sentence that says neither."""
    time_part, days, months = _cut(sentence)
    day_of, month_of = _days(days), _months(months)
    return _times(time_part), lambda day: month_of(day) and day_of(day)


def _cut(sentence: str) -> tuple[str, str, str]:
    """The part about times, about days, and about months."""
    month = "|".join(_MONTH_NAMES)
    match = re.fullmatch(
        rf"(?P<time>(?:At|Every) .*?)(?P<days>, (?:either )?(?:on |(?:{'|'.join(_DAY_NAMES)}) through ).*?)??"
        rf"(?P<months>, (?:in )?(?:{month}).*)?",
        sentence,
    )
    assert match, sentence
    return match["time"], (match["days"] or "")[2:], (match["months"] or "")[2:]


def _items(text: str) -> list[str]:
    return re.split(r", | and ", text)


def _numbers(text: str) -> set[int]:
    """`5`, `0, 7 and 14`, `8 through 17 and 20`, `every 3rd minute from 1 through 58`."""
    if match := re.fullmatch(r"every (\d+)(?:nd|rd|th) \w+ from (\d+) through (\d+)", text):
        step, first, last = map(int, match.groups())
        assert (last - first) % step == 0
        return set(range(first, last + 1, step))
    found: set[int] = set()
    for item in _items(re.sub(r"^(minute|hour|day)s? ", "", text)):
        first, _, last = item.partition(" through ")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def _times(text: str) -> Times:
    if match := re.fullmatch(r"Every (?:(\d+) )?(minute|hour)s?(.*)", text):
        step = int(match[1] or 1) * (60 if match[2] == "hour" else 1)
        return _rhythm(step, match[3].strip())
    assert text.startswith("At "), text
    text = text[3:]
    if _CLOCK.match(text):
        return {(int(hour), int(minute)) for hour, minute in _CLOCK.findall(text)}
    minutes, hours = text.split(" of ", 1)
    named = range(24) if hours == "each hour" else _numbers(hours)
    return {(hour, minute) for hour in named for minute in _numbers(minutes)}


def _rhythm(step: int, where: str) -> Times:
    """Fires that are really `step` minutes apart, wherever the sentence has them."""
    if not where:
        assert 1440 % step == 0
        return {divmod(at, 60) for at in range(0, 1440, step)}
    if match := re.fullmatch(r"at minute (\d+)|from minute (\d+) of each hour", where):
        start = int(match[1] or match[2])
        assert 60 % step == 0
        assert start < step
        return {divmod(at, 60) for at in range(start, 1440, step)}
    if match := re.fullmatch(r"in (every .*|hours? .*)", where):
        assert 60 % step == 0
        return {(hour, minute) for hour in _numbers(match[1]) for minute in range(0, 60, step)}
    found: Times = set()
    for item in _items(where):
        match = re.fullmatch(r"from (\d\d):(\d\d) through (\d\d):(\d\d)", item)
        assert match, where
        first, last = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
        assert (last - first) % step == 0, "the last time named is one of the rhythm"
        found |= {divmod(at, 60) for at in range(first, last + 1, step)}
    return found


def _days(text: str) -> Callable[[date], bool]:
    if not text:
        return lambda day: True
    if text.startswith("either "):
        dates, weekdays = text[7:].split(" of the month or ", 1)
        first, second = _dates(dates), _weekdays(weekdays)
        return lambda day: first(day) or second(day)
    if " of the month, and only " in text:
        dates, weekdays = text.split(" of the month, and only ", 1)
        first, second = _dates(dates), _weekdays(weekdays)
        return lambda day: first(day) and second(day)
    if re.match(r"on (the (?!first|second|third|fourth|fifth|last [A-Z])|days? |every )", text):
        return _dates(text.removesuffix(" of the month"))
    return _weekdays(text)


def _dates(text: str) -> Callable[[date], bool]:
    text = text.removeprefix("on ")
    head = re.match(r"every \d+\w\w day from \d+ through \d+|days? \d[\d, ]*(?:(?:and |through )[\d, ]+)*", text)
    numbers = _numbers(re.sub(r"(, | and |\s)+$", "", head[0])) if head else set()
    rest = text[head.end() :] if head else text
    before = set()
    weekday = False
    for item in filter(None, _items(rest.removeprefix("and "))):
        if item == "the last day":
            before.add(0)
        elif item == "the day before the last day":
            before.add(1)
        elif match := re.fullmatch(r"the day that is (\d+) days before the last day", item):
            before.add(int(match[1]))
        else:
            assert item == "the last weekday (Monday to Friday)", text
            weekday = True

    def matches(day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        working = [number for number in range(1, last + 1) if day.replace(day=number).weekday() < 5]
        return day.day in numbers or last - day.day in before or (weekday and day.day == working[-1])

    return matches


def _weekdays(text: str) -> Callable[[date], bool]:
    names: set[str] = set()
    nth: set[tuple[int, str]] = set()
    for item in _items(text.replace("on ", "").removesuffix(" of the month")):
        if match := re.fullmatch(r"the (\w+) (\w+day)", item):
            nth.add((_ORDINALS[match[1]], match[2]))
        else:
            first, _, last = item.partition(" through ")
            at = _DAY_NAMES.index(first)
            length = (_DAY_NAMES.index(last or first) - at) % 7
            names |= {_DAY_NAMES[(at + step) % 7] for step in range(length + 1)}

    def matches(day: date) -> bool:
        name = calendar.day_name[day.weekday()]
        last = calendar.monthrange(day.year, day.month)[1]
        numbers = {(day.day + 6) // 7} | ({-1} if day.day + 7 > last else set())
        return name in names or any((number, name) in nth for number in numbers)

    return matches


def _months(text: str) -> Callable[[date], bool]:
    if not text:
        return lambda day: True
    first, through, last = text.partition(" through ")
    if not through:
        named = {_MONTH_NAMES.index(name) + 1 for name in _items(text.removeprefix("in "))}
        return lambda day: day.month in named
    start, end = _MONTH_NAMES.index(first), _MONTH_NAMES.index(last)
    return lambda day: (day.month - 1 - start) % 12 <= (end - start) % 12
