"""From a schedule's spec to its trigger and its fire times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .base import Trigger
from .crontab import CrontabTrigger
from .date import OnceTrigger
from .interval import EveryTrigger
from .spec import check_stored, seconds_of
from .start import StartTrigger

__all__ = ["build", "following", "preview"]


def build(spec: Mapping[str, Any], timezone: str) -> Trigger:
    """The trigger of a stored spec. InvalidInput if `parse_spec` would not let it in."""
    normal = check_stored(spec, timezone)
    if "cron" in normal:
        return CrontabTrigger(str(normal["cron"]), timezone)
    if "at" in normal:
        moment = datetime.fromisoformat(normal["at"])
        return OnceTrigger(moment) if moment.tzinfo else OnceTrigger.on_clock(moment, ZoneInfo(timezone))
    if "at_start" in normal:
        return StartTrigger()
    return EveryTrigger(seconds_of(normal), datetime.fromisoformat(normal["anchor"]))


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
