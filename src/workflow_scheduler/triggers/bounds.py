"""The instants that dates and times of a schedule's policies mean in its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.errors import InvalidInput

from .wall_clock import instant_of

__all__ = ["check_bounds", "end_of", "start_of"]

_DATE = len("2027-01-01")
_TICK = timedelta(microseconds=1)


def start_of(text: str, timezone: str) -> datetime:
    """The first instant that counts; a date alone begins with its midnight."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else instant_of(moment, ZoneInfo(timezone))


def end_of(text: str, timezone: str) -> datetime:
    """The last instant that counts; a date alone lasts until its end."""
    if len(text) > _DATE:
        return start_of(text, timezone)
    return instant_of(datetime.fromisoformat(text) + timedelta(days=1), ZoneInfo(timezone)) - _TICK


def check_bounds(start: str, end: str, timezone: str) -> None:
    """InvalidInput if nothing lies between them."""
    if start_of(start, timezone) > end_of(end, timezone):
        raise InvalidInput(f"The schedule would end ({end}) before it begins ({start}); correct from or until.")
