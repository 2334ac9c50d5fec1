"""The walk from one match of a cron expression to the next, zones left aside, on the library cronsim."""

from __future__ import annotations

import functools
from datetime import date, datetime

from cronsim import CronSim

from workflow_scheduler.domain.errors import InvalidInput

from .cron_fields import CronFields, check_field, parse_cron

__all__ = ["fields_of", "from_fields", "next_match"]

_REFERENCE = datetime(2024, 1, 1)  # noqa: DTZ001  a wall clock


class _Search(CronSim):
    """cronsim's walk from one match to the next, over fields that are parsed already."""

    def __init__(self, fields: CronFields, wall: datetime) -> None:
        # Not the library's own parsing: it takes less, and knows no L-3.
        self.fields, self.seconds = fields, {0}
        self.minutes, self.hours, self.months = fields.minutes, fields.hours, fields.months  # type: ignore[assignment]
        self.dt, self.tick_direction, self.skip_initial_tick, self.fixup_tz = wall, 1, False, None

    def match_day(self, d: date) -> bool:
        return self.fields.matches(d)


@functools.lru_cache(maxsize=10_000)
def fields_of(text: str) -> CronFields:
    """The five fields, checked. InvalidInput if they cannot be read, or never fire."""
    fields = parse_cron(text)
    try:
        next_match(fields, _REFERENCE)
    except StopIteration:
        raise InvalidInput(f"The cron expression {text.strip()[:60]!r} never fires: no such day exists.") from None
    return fields


def from_fields(day_of_week: str, hour: str, minute: str) -> str:
    """The expression for the three fields that the menu asks for. InvalidInput names the field that is wrong."""
    fields = {"day-of-week": day_of_week, "hour": hour, "minute": minute}
    cleaned = {name: "".join(text.split()) for name, text in fields.items()}
    for name, text in cleaned.items():
        check_field(name, text)
    return fields_of(f"{cleaned['minute']} {cleaned['hour']} * * {cleaned['day-of-week']}").expression


def next_match(fields: CronFields, wall: datetime) -> datetime:
    """The first match after the minute of a wall-clock time. StopIteration if there is none."""
    return next(_Search(fields, wall.replace(second=0, microsecond=0)))
