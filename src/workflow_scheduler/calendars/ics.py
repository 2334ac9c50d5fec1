"""Closed days of an iCalendar file: its all-day events, recurring ones included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.system.regular_file import TooLarge, read_regular

from .holiday_sets import missing_extra

__all__ = ["MAX_BYTES", "closed_days"]

MAX_BYTES = 4_000_000
MOST_EVENTS = 20_000
_DAY = timedelta(days=1)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINER = ("BYHOUR", "BYMINUTE", "BYSECOND")
"""What would make a rule go through every second of years."""


def closed_days(file: Path, first: date, last: date) -> dict[date, str]:
    """Each day of an all-day event, with the event's name. InvalidInput if the file cannot be read."""
    try:
        from icalendar import Calendar  # noqa: PLC0415  an extra, and only expansions need it
    except ImportError:
        raise missing_extra("A calendar with ICS files") from None
    try:
        data = read_regular(file, MAX_BYTES, follow=True)
    except TooLarge:
        raise InvalidInput(f"{file} has more than {MAX_BYTES // 1_000_000} MB; split it.") from None
    except OSError as error:
        raise InvalidInput(f"Cannot read {file} ({error.strerror}); correct the name or its permissions.") from None
    try:
        events = [event for event in Calendar.from_ical(data).walk("VEVENT") if _all_day(event)]
        found: dict[date, str] = {}
        for event in events[:MOST_EVENTS]:
            why = " ".join(str(event.get("SUMMARY", "closed")).split())[:200] or "closed"
            for start in _starts(event, first, last):
                for at in range(_length(event)):
                    if first <= (day := start + at * _DAY) <= last:
                        found[day] = why
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        why = " ".join(str(error).split())[:200].rstrip(".")
        raise InvalidInput(f"{file} is not an iCalendar file: {why}.") from None
    return found


def _all_day(event: Any) -> bool:
    start = event.get("DTSTART")
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return start is not None and not isinstance(start.dt, datetime) and not cancelled


def _length(event: Any) -> int:
    """In days; without an end an event lasts one."""
    start, end, duration = event["DTSTART"].dt, event.get("DTEND"), event.get("DURATION")
    length = end.dt - start if end is not None else duration.dt if duration is not None else _DAY
    return min(max(length.days, 1), 366)


def _starts(event: Any, first: date, last: date) -> Iterator[date]:
    start: date = event["DTSTART"].dt
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    from dateutil.rrule import rrulestr  # noqa: PLC0415  an extra, and only expansions need it

    if wrong := [name for name in rule if name in _FINER or rule.get("FREQ", [""])[0] not in _FREQUENCIES]:
        raise ValueError(f"an all-day event recurs by days, not by {rule.get(wrong[0], wrong)[0]}")
    begin = datetime.combine(start, time())
    left_out = {day.dt if not isinstance(day.dt, datetime) else day.dt.date() for day in _exceptions(event)}
    text = _without_zone(rule.to_ical().decode())
    low = datetime.combine(first - 366 * _DAY, time())
    for found in rrulestr(text, dtstart=begin).between(low, datetime.combine(last, time()), inc=True):
        if found.date() not in left_out:
            yield found.date()


def _without_zone(rule: str) -> str:
    """An UNTIL in UTC beside a start without a zone, which many programs write, as a date."""
    parts = [part[:14] if part.startswith("UNTIL=") else part for part in rule.split(";")]
    return ";".join(parts)


def _exceptions(event: Any) -> list[Any]:
    found = event.get("EXDATE", [])
    return [day for part in (found if isinstance(found, list) else [found]) for day in part.dts]
