"""A schedule's spec: checked and described. Standard library and cronsim only: what lists schedules loads no more.

A spec has exactly one of `cron` (five fields), `times` (of the day, with `days` of the week), `every` (90s, 1h30m),
`interval` (minutes), `at` (a wall-clock time in the schedule's zone, or an ISO time with offset), `business_day` (the nth of
a week, month, quarter or year) and `at_start` (boot or scheduler). `every` and `interval` also have their `anchor`: an
instant, or a date if `every` has a time of the day, `at_time`. A person may write that date as `starting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.durations import LONGEST, format_duration, parse_duration, with_unit
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.spec_names import DETAILS, ONE_TRIGGER, PERIODS, TRIGGERS
from workflow_scheduler.domain.wall_time import normal_clock, normal_date
from workflow_scheduler.system.zone_names import find_zone, zone_advice

from .cron_search import fields_of
from .cron_words import words_of

__all__ = ["anchored", "check_stored", "check_zone", "describe", "parse_spec", "problem_of", "seconds_of"]

MOST_TIMES = 100
_STARTS = {"boot": "When the machine has booted", "scheduler": "When the scheduler starts"}
SHORTEST = 1.0
"""Seconds: no interval is shorter."""


def parse_spec(spec: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """The spec in its normal form, as stored. InvalidInput says what is wrong and what is allowed."""
    if "every" in spec:
        parse_duration(str(spec["every"]), "interval", unit_needed=True)
    parsed = _normal(spec, timezone)
    describe(parsed, timezone)  # what cannot be told is not stored
    return parsed


def _normal(spec: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """The checked spec with one trigger, and the anchor of an interval. InvalidInput as in `parse_spec`."""
    check_zone(timezone)
    kinds = [name for name in TRIGGERS if name in spec]
    if len(kinds) != 1:
        raise InvalidInput(ONE_TRIGGER)
    for name, needed in DETAILS.items():
        if name in spec and needed not in spec:
            raise InvalidInput(f"{name} belongs to {needed}; give both, or leave out {name}.")
    kind = kinds[0]
    value = spec[kind]
    parsed: dict[str, Any] = {kind: value}
    if kind == "cron":
        parsed[kind] = " ".join(str(value).split())
    elif kind == "at":
        parsed[kind] = _check_date(str(value))
    elif kind == "at_start":
        if not isinstance(value, str) or value not in _STARTS:
            raise InvalidInput(f"at_start is {str(value)[:40]!r}; write boot or scheduler.")
    elif kind == "times":
        parsed[kind] = _check_times(value)
        if "days" in spec and (days := fields_of(f"0 0 * * {_cron_field(spec['days'])}").expression.split()[4]) != "*":
            parsed["days"] = days
    elif kind == "business_day":
        parsed[kind] = _check_business_day(value)
    elif "at_time" in spec:
        parsed |= _check_days(parsed, spec)
    else:
        seconds = seconds_of(parsed)
        if not SHORTEST <= seconds <= LONGEST:
            raise InvalidInput(f"The interval is {seconds:g} s; use 1 second to 366 days.")
        if kind == "interval":
            minutes = float(value)
            parsed[kind] = int(minutes) if minutes.is_integer() else minutes
        if "anchor" in spec:
            parsed["anchor"] = _check_anchor(spec["anchor"])
    return parsed


def _check_times(value: Any) -> list[str]:
    """Sorted; from a list, or from one text."""
    texts = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(texts, list) or not 1 <= len(texts) <= MOST_TIMES:
        raise InvalidInput(f"times lists 1 to {MOST_TIMES} times of the day, as in [06:00, 12:30].")
    return sorted({normal_clock(str(text)) for text in texts})


def _cron_field(days: Any) -> str:
    return ",".join(str(days).replace(",", " ").split()) or "*"


def _check_business_day(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or value.keys() - {"nth", "of", "time"} or "nth" not in value:
        raise InvalidInput("business_day has nth, of and time, as in {nth: -2, of: month, time: '18:00'}.")
    of, nth = value.get("of", "month"), value["nth"]
    if of not in PERIODS:
        raise InvalidInput(f"The business day is of {str(of)[:40]!r}; write week, month, quarter or year.")
    if isinstance(nth, bool) or not isinstance(nth, int) or not 1 <= abs(nth) <= PERIODS[of]:
        raise InvalidInput(
            f"The number of the business day is {str(nth)[:40]!r}; write 1 for the first, -1 for the last, up to {PERIODS[of]}."
        )
    return {"nth": nth, "of": of, "time": normal_clock(str(value.get("time", "00:00")))}


def _check_days(parsed: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, str]:
    """The parts of an interval of whole days at a time of the day."""
    days = seconds_of(parsed) / 86400
    if not days.is_integer() or not 1 <= days <= 366:
        raise InvalidInput(
            f"at_time needs whole days, from 1d to 366d, or weeks; every is {str(spec['every'])[:40]!r}."
        )
    found = {"at_time": normal_clock(str(spec["at_time"]))}
    return found | {name: normal_date(str(spec[name])) for name in ("starting", "anchor") if name in spec}


def check_zone(timezone: str) -> None:
    """InvalidInput for an unknown time zone; it says what to write instead."""
    try:
        find_zone(timezone)
    except (LookupError, TypeError):
        shown = str(timezone)[:60]
        raise InvalidInput(f"The time zone {shown!r} is not known; {zone_advice(shown)}") from None


def _check_date(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"The date {text[:40]!r} is invalid; write YYYY-MM-DD HH:MM:SS.") from None
    if not 1971 <= moment.year < MAXYEAR:
        raise InvalidInput(f"The date {text[:40]!r} is out of range; write a year from 1971 to 9998.")
    return moment.isoformat(sep="T" if moment.tzinfo else " ")


def _check_anchor(anchor: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(anchor))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(f"The anchor {str(anchor)[:40]!r} is not a time; write one such as 2026-12-01T09:00:00+00:00.")


def seconds_of(spec: Mapping[str, Any]) -> float:
    """The length of an interval."""
    if "every" in spec:
        return parse_duration(with_unit(str(spec["every"])), "interval")
    try:
        if isinstance(spec["interval"], bool):
            raise TypeError
        return float(spec["interval"]) * 60
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(f"The interval {spec['interval']!r} is not a number of minutes.") from None


def anchored(spec: Mapping[str, Any], timezone: str, now: datetime) -> dict[str, Any]:
    """The spec with what an interval counts from: now, or for a time of the day the date on which it comes next."""
    if not {"every", "interval"} & spec.keys() or {"anchor", "starting"} & spec.keys():
        return dict(spec)
    if "at_time" not in spec:
        return {**spec, "anchor": now.replace(microsecond=0).isoformat()}
    here = now.astimezone(ZoneInfo(timezone))
    first = here.date() + timedelta(days=here.time() >= time.fromisoformat(spec["at_time"]))
    return {**spec, "anchor": first.isoformat()}


def check_stored(spec: Mapping[str, Any], timezone: str) -> Mapping[str, Any]:
    """A stored spec in its normal form. InvalidInput for one that `parse_spec` would refuse."""
    if "cron" in spec:  # which needs no other form
        check_zone(timezone)
        fields_of(str(spec["cron"]))
        return spec
    normal = _normal(spec, timezone)
    if {"every", "interval"} & normal.keys() and not {"anchor", "starting"} & normal.keys():
        raise InvalidInput("The interval has no anchor to count from; set the interval again.")
    return normal


def problem_of(spec: Mapping[str, Any], timezone: str) -> str:
    """A sentence about what keeps a stored schedule from firing; empty if nothing does."""
    try:
        check_stored(spec, timezone)
    except InvalidInput as error:
        return str(error)
    return ""


def describe(spec: Mapping[str, Any], timezone: str) -> str:
    """A readable spec in plain English, with a 24-hour clock."""
    if "cron" in spec:
        return words_of(fields_of(spec["cron"]))
    if "at" in spec:
        return f"Once at {spec['at']}"
    if "at_start" in spec:
        return _STARTS[spec["at_start"]]
    if "times" in spec:
        words = words_of(fields_of(f"0 0 * * {spec.get('days', '*')}"))
        return words.replace("00:00", _listed(spec["times"]), 1)
    if "business_day" in spec:
        asked = spec["business_day"]
        return f"At {asked['time']} on the {_ordinal(asked['nth'])} business day of the {asked['of']}"
    if "at_time" in spec:
        number = int(seconds_of(spec) // 86400)
        words = "Every day" if number == 1 else f"Every {number} days"
        return f"{words} at {spec['at_time']}" + (f", from {spec['starting']}" if "starting" in spec else "")
    return f"Every {format_duration(seconds_of(spec))}"


def _listed(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _ordinal(nth: int) -> str:
    """`first`, `third last`, `21st`."""
    number = abs(nth)
    words = ("", "first", "second", "third", "fourth", "fifth")
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    word = words[number] if number < len(words) else f"{number}{ending}"
    return word if nth > 0 else "last" if number == 1 else f"{word} last"
