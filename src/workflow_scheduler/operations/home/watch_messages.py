"""What the watchman tells people: past the scheduler and its database, which may not work."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.alerts import HOME, Alert, AlertKind
from workflow_scheduler.domain.message import Message, added
from workflow_scheduler.domain.notify_plan import NotifyPlan
from workflow_scheduler.engine.delivery import send_now

from .watchman import Notice

__all__ = ["channels_told", "send_notice"]


def channels_told(plan: NotifyPlan) -> list[str]:
    """Who is told that the scheduler does not work: without a rule about that, who is told of failures."""
    for kind in (AlertKind.SCHEDULER_DOWN, AlertKind.FAILED):
        names = [name for rule in plan.rules if kind in rule.on for name in rule.to if name in plan.channels]
        if names:
            return list(dict.fromkeys(names))
    return []


def send_notice(plan: NotifyPlan, name: str, notice: Notice, home: Path, now: datetime, timezone: str) -> None:
    """Send it at once. DeliveryFailed says why it was not delivered."""
    kind = AlertKind.RECOVERED if notice.works else AlertKind.SCHEDULER_DOWN
    message = Message(notice.key, now, (), 0, {}, {}, timezone=timezone)
    send_now(plan.channels[name], added(message, [Alert(kind, now, notice.since, HOME, notice.words)]), home)
