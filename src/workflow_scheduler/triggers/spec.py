"""A schedule's spec: checked and described. Standard library and cronsim only: what lists schedules loads no more.

A spec has exactly one of `cron` (five fields), `every` (90s, 1h30m), `interval` (minutes), `at` (a wall-clock
time in the schedule's zone, or an ISO time with offset) and `at_start` (boot or scheduler); `every` and `interval` also
have their `anchor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.durations import LONGEST, format_duration, parse_duration, with_unit
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.system.zone_names import zone_advice

from .cron_search import fields_of
from .cron_words import words_of

__all__ = ["check_stored", "check_zone", "describe", "parse_spec", "problem_of", "seconds_of"]

_KINDS = ("cron", "every", "interval", "at", "at_start")
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
    kinds = [name for name in _KINDS if name in spec]
    if len(kinds) != 1:
        raise InvalidInput("Give exactly one of cron, every, interval, at and at_start.")
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


def check_zone(timezone: str) -> None:
    """InvalidInput for an unknown time zone; it says what to write instead."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError, TypeError):
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


def check_stored(spec: Mapping[str, Any], timezone: str) -> Mapping[str, Any]:
    """A stored spec in its normal form. InvalidInput for one that `parse_spec` would refuse."""
    if "cron" in spec:  # which needs no other form
        check_zone(timezone)
        fields_of(str(spec["cron"]))
        return spec
    normal = _normal(spec, timezone)
    if not {"at", "at_start", "anchor"} & normal.keys():
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
    return f"Every {format_duration(seconds_of(spec))}"
