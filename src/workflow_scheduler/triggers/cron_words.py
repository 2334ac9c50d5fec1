"""A cron expression in plain English, from the values of its fields. Times are on a 24-hour clock."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from itertools import pairwise

from .cron_fields import LAST_WEEKDAY, WEEK, YEAR, CronFields

__all__ = ["words_of"]

_LISTED = 12
"""More values than these are told by their rule, where they have one."""
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


@functools.lru_cache(maxsize=10_000)
def words_of(fields: CronFields) -> str:
    """Such as `At 13:30, Monday through Friday`."""
    parts = [_times(sorted(fields.minutes), sorted(fields.hours)), _days(fields), _months(fields.months)]
    return ", ".join(part for part in parts if part)


def _times(minutes: Sequence[int], hours: Sequence[int]) -> str:
    """The times of a day, in the shortest form that is exact: an interval, a list, or the fields."""
    rhythm = _rhythm(minutes)
    runs = _runs(hours)
    number = len(minutes) * len(hours)
    if rhythm and len(hours) == 24:
        start = f" at minute {minutes[0]}" if rhythm == 60 else f" from minute {minutes[0]} of each hour"
        return f"{_every(rhythm)}{start if minutes[0] else ''}"
    if rhythm and len(runs) == 1 and number >= 4:
        return f"{_every(rhythm)} {_between(minutes, runs)}"
    if len(minutes) == 1 and len(hours) >= 4 and (step := _step(hours, 24)):
        whole = hours[0] == 0 and hours[-1] + step == 24 and not minutes[0]
        return f"Every {step} hours{'' if whole else f' {_between(minutes, [(hours[0], hours[-1])])}'}"
    if number <= (_LISTED if len(minutes) == 1 else 6):
        return f"At {_listed([f'{hour:02d}:{minute:02d}' for hour in hours for minute in minutes])}"
    if rhythm and len(runs) <= 3 and len(minutes) > 1:
        return f"{_every(rhythm)} {_between(minutes, runs)}"
    if rhythm and len(minutes) > 1 and not minutes[0]:
        return f"{_every(rhythm)} in {_numbers('hour', hours)}"
    of = "each hour" if len(hours) == 24 else _numbers("hour", hours)
    return f"At {_numbers('minute', minutes)} of {of}"


def _rhythm(minutes: Sequence[int]) -> int | None:
    """The minutes between any two of these, also across the hour; None if they differ."""
    step = 60 // len(minutes)
    even = 60 % len(minutes) == 0 and all(after - before == step for before, after in pairwise(minutes))
    return step if even else None


def _every(minutes: int) -> str:
    return {1: "Every minute", 60: "Every hour"}.get(minutes, f"Every {minutes} minutes")


def _between(minutes: Sequence[int], runs: Sequence[tuple[int, int]]) -> str:
    stretches = [f"from {first:02d}:{minutes[0]:02d} through {last:02d}:{minutes[-1]:02d}" for first, last in runs]
    return _listed(stretches)


def _step(values: Sequence[int], ring: int) -> int | None:
    """The step of evenly spaced values that end before the ring does or fit into it; None for other values."""
    steps = {after - before for before, after in pairwise(values)}
    if len(steps) != 1 or (step := steps.pop()) == 1:
        return None
    bounded = values[-1] + step < ring or values[0] - step >= 0
    return step if bounded or values[-1] + step == values[0] + ring else None


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of each series of consecutive values."""
    runs: list[tuple[int, int]] = []
    for value in values:
        if runs and runs[-1][1] == value - 1:
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return runs


def _numbers(noun: str, values: Sequence[int]) -> str:
    """Such as `minute 5`, `hours 8 through 17 and 20`, `every 3rd minute from 1 through 58`."""
    steps = {after - before for before, after in pairwise(values)}
    if len(values) > _LISTED and len(steps) == 1 and (step := steps.pop()) > 1:
        ending = {2: "nd", 3: "rd"}.get(step, "th")
        return f"every {step}{ending} {noun} from {values[0]} through {values[-1]}"
    items = []
    for first, last in _runs(values):
        items += [f"{first} through {last}"] if last - first >= 2 else [str(value) for value in range(first, last + 1)]
    return f"{noun if len(values) == 1 else f'{noun}s'} {_listed(items)}"


def _days(fields: CronFields) -> str:
    dates, weekdays = _dates(fields.days), _weekdays(fields)
    if fields.both_days:
        if fields.any_day or fields.any_weekday:
            return weekdays if fields.any_day else f"on {dates}"
        return f"on {dates}, and only {weekdays}"
    if fields.any_day or fields.any_weekday:
        return ""
    return f"either on {dates} or {weekdays}"


def _dates(days: Collection[int]) -> str:
    """The days of the month, those counted from its end last."""
    items = []
    if numbers := sorted(day for day in days if day > LAST_WEEKDAY):
        items.append(_numbers("day", numbers))
    for before in sorted(-1 - day for day in days if day < -1):
        items.append(
            f"the day that is {before} days before the last day" if before > 1 else "the day before the last day"
        )
    items += ["the last day"] if -1 in days else []
    items += ["the last weekday (Monday to Friday)"] if LAST_WEEKDAY in days else []
    return f"{_listed(items)} of the month"


def _weekdays(fields: CronFields) -> str:
    """The days of the week, from Monday; empty if all of them match."""
    if fields.any_weekday:
        return ""
    nth = sorted(fields.nth, key=lambda item: (item[1] % 7, _from_monday(item[0])))
    items = [f"the {_ORDINALS[number]} {WEEK[day]}" for day, number in nth]
    of = [f"on {_listed(items)} of the month"] if items else []
    if run := _round(fields.weekdays, 7):
        return " and ".join([f"{WEEK[run[0]]} through {WEEK[run[1]]}", *of])
    days = [WEEK[day] for day in sorted(fields.weekdays, key=_from_monday)]
    return " and ".join([*([f"on {_listed(days)}"] if days else []), *of])


def _from_monday(weekday: int) -> int:
    return (weekday - 1) % 7


def _months(months: Collection[int]) -> str:
    if len(months) == 12:
        return ""
    if run := _round([month - 1 for month in months], 12):
        return f"{YEAR[run[0]]} through {YEAR[run[1]]}"
    return f"in {_listed([YEAR[month - 1] for month in sorted(months)])}"


def _round(values: Collection[int], ring: int) -> tuple[int, int] | None:
    """The first and the last of at least three consecutive values, also around the end of the ring."""
    firsts = [value for value in values if (value - 1) % ring not in values]
    return (firsts[0], (firsts[0] + len(values) - 1) % ring) if len(values) >= 3 and len(firsts) == 1 else None


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
