"""Since when a report tells, as people write it."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.durations import parse_duration
from workflow_scheduler.domain.errors import InvalidInput

__all__ = ["DEFAULT", "LONGEST", "parse_since"]

DEFAULT = "yesterday 18:00"
LONGEST = timedelta(days=31)
_DAY = re.compile(r"(?P<day>today|yesterday)(?: (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d))?", re.IGNORECASE)


def parse_since(text: str, now: datetime, timezone: str) -> datetime:
    """`yesterday 18:00`, `today`, `12h` (ago), or an ISO date or time; without an offset in the zone. InvalidInput."""
    local = now.astimezone(ZoneInfo(timezone))
    if (match := _DAY.fullmatch(" ".join(text.split())[:40])) is not None:
        day = local.date() - (timedelta(days=1) if match["day"].lower() == "yesterday" else timedelta())
        clock = time(int(match["hour"] or 0), int(match["minute"] or 0))
        since = datetime.combine(day, clock, ZoneInfo(timezone))
    else:
        try:
            since = datetime.fromisoformat(text[:40])
            since = since if since.tzinfo else since.replace(tzinfo=ZoneInfo(timezone))
        except ValueError:
            since = now - timedelta(seconds=_ago(text))
    if not timedelta() < now - since <= LONGEST:
        raise InvalidInput(
            f"The report cannot begin at {text[:40]!r}; give a time within the last {LONGEST.days} days."
        )
    return since.astimezone(now.tzinfo)


def _ago(text: str) -> float:
    try:
        return parse_duration(text, "time", unit_needed=True)
    except InvalidInput:
        raise InvalidInput(
            f"The time {text[:40]!r} cannot be read; write 'yesterday 18:00', 12h, 2026-11-29 or '2026-11-29 18:00'."
        ) from None
