"""A schedule's spec: checked, described, and made into a trigger.

A spec has exactly one of `cron` (five fields), `every` (90s, 1h30m), `interval` (minutes) and `at` (a wall-clock
time in the schedule's zone, or an ISO time with offset); `every` and `interval` also have their `anchor`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from workflow_scheduler.domain.durations import LONGEST, format_duration, parse_duration
from workflow_scheduler.domain.errors import InvalidInput

from .base import Trigger
from .crontab import CrontabTrigger, normal_expression
from .date import OnceTrigger
from .interval import EveryTrigger
from .walls import instant_of

__all__ = ["build", "describe", "parse_spec", "preview"]

SHORTEST = 1.0
"""Seconds: no interval is shorter."""


def parse_spec(spec: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """The spec in its normal form. InvalidInput says what is wrong and what is allowed."""
    _check_zone(timezone)
    kinds = [name for name in ("cron", "every", "interval", "at") if name in spec]
    if len(kinds) != 1:
        raise InvalidInput("Give exactly one of cron, every, interval and at.")
    kind = kinds[0]
    value = spec[kind]
    parsed: dict[str, Any] = {kind: value}
    if kind == "cron":
        normal_expression(str(value))
        parsed[kind] = " ".join(str(value).split())
    elif kind == "at":
        parsed[kind] = _check_date(str(value))
    else:
        seconds = _seconds(parsed)
        if not SHORTEST <= seconds <= LONGEST:
            raise InvalidInput(f"The interval is {seconds:g} s; use 1 second to 366 days.")
        if kind == "interval":
            minutes = float(value)
            parsed[kind] = int(minutes) if minutes.is_integer() else minutes
        if "anchor" in spec:
            parsed["anchor"] = _check_anchor(spec["anchor"])
    return parsed


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError, TypeError):
        near = difflib.get_close_matches(str(timezone)[:60], available_timezones(), 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "write one such as UTC or Europe/Berlin."
        raise InvalidInput(f"The time zone {str(timezone)[:60]!r} is not known; {hint}") from None


def _check_date(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"The date {text[:40]!r} cannot be read; write YYYY-MM-DD HH:MM:SS.") from None
    if not 1971 <= moment.year < MAXYEAR:
        raise InvalidInput(f"The date {text[:40]!r} is out of the calendar; write a year from 1971 to 9998.")
    return moment.isoformat(sep="T" if moment.tzinfo else " ")


def _check_anchor(anchor: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(anchor))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(f"The anchor {str(anchor)[:40]!r} is no moment; write one such as 2026-12-01T09:00:00+00:00.")


def _seconds(spec: Mapping[str, Any]) -> float:
    if "every" in spec:
        return parse_duration(str(spec["every"]), "interval")
    try:
        if isinstance(spec["interval"], bool):
            raise TypeError
        return float(spec["interval"]) * 60
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(f"The interval {spec['interval']!r} is not a number of minutes.") from None


def build(spec: Mapping[str, Any], timezone: str) -> Trigger:
    """The trigger of a spec that `parse_spec` returned."""
    if "cron" in spec:
        return CrontabTrigger(spec["cron"], timezone)
    if "at" in spec:
        moment = datetime.fromisoformat(spec["at"])
        return OnceTrigger(moment if moment.tzinfo else instant_of(moment, ZoneInfo(timezone)))
    return EveryTrigger(_seconds(spec), datetime.fromisoformat(spec["anchor"]))


def describe(spec: Mapping[str, Any], timezone: str) -> str:
    """Plain English, with a 24-hour clock."""
    if "cron" in spec:
        from cron_descriptor import Options, get_description  # noqa: PLC0415  40 ms, and only people read it

        options = Options()
        options.use_24hour_time_format = True
        expression = normal_expression(spec["cron"])
        words = str(get_description(expression, options))
        # With a star first in one of them, both day fields must match; the library says "or" all the same.
        return (
            words.replace(", or on", ", and only on")
            if "*" in (expression.split()[2][0], expression.split()[4][0])
            else words
        )
    if "at" in spec:
        return f"Once at {spec['at']}"
    return f"Every {format_duration(_seconds(spec))}"


def preview(spec: Mapping[str, Any], timezone: str, start: datetime, count: int) -> list[datetime]:
    """The next `count` fires strictly after `start`, in UTC."""
    trigger = build(spec, timezone)
    found: list[datetime] = []
    moment = trigger.next_after(start.astimezone(UTC))
    while moment is not None and len(found) < count:
        found.append(moment)
        moment = trigger.next_after(moment)
    return found
