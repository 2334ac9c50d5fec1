"""Dates and times as people write them, for a zone that is named elsewhere."""

from __future__ import annotations

import re
from datetime import MAXYEAR, date, datetime

from .errors import InvalidInput

__all__ = ["normal_clock", "normal_date", "normal_time"]

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def normal_time(text: str) -> str:
    """`2027-01-01` or `2027-01-01 06:00:00`; with an offset if it was written with one. InvalidInput for anything else."""
    shown = text.strip()
    if _DATE.fullmatch(shown):
        return normal_date(shown)
    try:
        moment = datetime.fromisoformat(shown)
    except ValueError:
        raise InvalidInput(f"The time {text[:40]!r} is invalid; write YYYY-MM-DD, or YYYY-MM-DD HH:MM.") from None
    _check_year(moment.year, text)
    return moment.replace(microsecond=0).isoformat(sep="T" if moment.tzinfo else " ")


def normal_date(text: str) -> str:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"The date {text[:40]!r} is invalid; write YYYY-MM-DD.") from None
    _check_year(day.year, text)
    return day.isoformat()


def normal_clock(text: str) -> str:
    """A time of the day: `06:00`."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"The time of day {text[:40]!r} is invalid; write HH:MM, from 00:00 to 23:59.")
    return f"{int(match[1]):02}:{match[2]}"


def _check_year(year: int, text: str) -> None:
    if not 1971 <= year < MAXYEAR:
        raise InvalidInput(f"The date {text[:40]!r} is out of range; write a year from 1971 to 9998.")
