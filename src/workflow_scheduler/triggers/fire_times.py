"""From a schedule's spec to its trigger and its fire times."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.errors import InvalidInput

from .base import Trigger
from .business_day import business_day_trigger
from .cron_search import fields_of
from .crontab import CrontabTrigger
from .spec import check_stored, describe, seconds_of
from .start import StartTrigger
from .wall_times import WallTimesTrigger

__all__ = ["build", "following", "preview"]


def build(spec: Mapping[str, Any], timezone: str, days: Days | None = None) -> Trigger:
    """The trigger of a stored spec. InvalidInput if `parse_spec` would not let it in. `days`: of the schedule's calendar."""
    normal = check_stored(spec, timezone)
    if "times" in normal:
        fields = fields_of(f"0 0 * * {normal.get('days', '*')}")
        return WallTimesTrigger(_clocks(normal["times"]), fields.matches, timezone, describe(normal, timezone))
    if "at_time" in normal:
        first, step = date.fromisoformat(normal.get("starting") or normal["anchor"]), int(seconds_of(normal) // 86400)
        matches = functools.partial(_each, first, step)
        return WallTimesTrigger(_clocks([normal["at_time"]]), matches, timezone, describe(normal, timezone))
    if "business_day" in normal:
        if days is None:
            raise InvalidInput("business_day counts the open days of a calendar; name it with calendar.")
        return business_day_trigger(normal["business_day"], timezone, days)
    if "cron" in normal:
        return CrontabTrigger(str(normal["cron"]), timezone)
    if "at_start" in normal:
        return StartTrigger()
    # APScheduler's own triggers are slow to load: those who have none of them do without.
    if "at" in normal:
        from .date import OnceTrigger  # noqa: PLC0415

        moment = datetime.fromisoformat(normal["at"])
        return OnceTrigger(moment) if moment.tzinfo else OnceTrigger.on_clock(moment, ZoneInfo(timezone))
    from .interval import EveryTrigger  # noqa: PLC0415

    return EveryTrigger(seconds_of(normal), datetime.fromisoformat(normal["anchor"]))


def _clocks(texts: Sequence[str]) -> list[time]:
    return [time.fromisoformat(text) for text in texts]


def _each(first: date, step: int, day: date) -> bool:
    """Whether it is that date, or a multiple of `step` days later."""
    return day >= first and (day - first).days % step == 0


def preview(spec: Mapping[str, Any], timezone: str, start: datetime, count: int) -> list[datetime]:
    """The next `count` fires strictly after `start`, in UTC."""
    return following(build(spec, timezone), start, count)


def following(trigger: Trigger, start: datetime, count: int) -> list[datetime]:
    """The next `count` fires of a trigger strictly after `start`, in UTC."""
    found: list[datetime] = []
    moment = trigger.next_after(start.astimezone(UTC))
    while moment is not None and len(found) < count:
        found.append(moment)
        moment = trigger.next_after(moment)
    return found
