"""A message to people: one alert, several of one minute, or a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from .alerts import Alert, AlertKind
from .outline import Outline
from .outline import from_plain as outline_from
from .outline import to_plain as outline_to
from .quick_dataclass import dataclass

__all__ = ["Details", "Message", "added", "from_plain", "to_plain"]

MOST_ALERTS, MOST_CAUSES = 20, 20
LONGEST_CAUSE = 200


@dataclass(frozen=True, slots=True)
class Details:
    """What is found out about an alert when its message is sent. `lines`: the last ones of standard error, or of what
    `stream` says. `differences`: from the last good run. `running`: what its command does or did, if it takes too long.
    `memory`: of the same failure before."""

    next_step: str = ""
    task_id: str = ""
    stream: str = ""
    lines: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    running: str = ""
    memory: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """`key`: the same with every try, so that a receiver knows what it has. `alerts`: the first of them, `count`: all.
    `causes`: reasons, each with how many alerts have it."""

    key: str
    at: datetime
    alerts: tuple[Alert, ...]
    count: int
    kinds: Mapping[str, int]
    causes: Mapping[str, int]
    details: tuple[Details, ...] = ()
    timezone: str = "UTC"
    link: str = ""
    test: bool = False
    report: Outline | None = None


def added(message: Message, alerts: Iterable[Alert]) -> Message:
    """The message with these alerts too, except what only repeats one that it has. Its size stays bounded."""
    told = {(alert.kind, alert.workflow_id) for alert in message.alerts}
    alerts = tuple(alert for alert in alerts if not (alert.again and (alert.kind, alert.workflow_id) in told))
    kinds, causes = Counter(message.kinds), Counter(message.causes)
    for alert in alerts:
        kinds[alert.kind.value] += 1
        cause = alert.reason[:LONGEST_CAUSE]
        if cause in causes or len(causes) < MOST_CAUSES:
            causes[cause] += 1
    return replace(
        message,
        alerts=(*message.alerts, *alerts[: max(0, MOST_ALERTS - len(message.alerts))]),
        count=message.count + len(alerts),
        kinds=dict(kinds),
        causes=dict(causes),
    )


def to_plain(message: Message) -> dict[str, Any]:
    """For the database: without what is found out when it is sent."""
    stored = {
        "alerts": [_plain(alert) for alert in message.alerts],
        "count": message.count,
        "kinds": dict(message.kinds),
        "causes": dict(message.causes),
    }
    return stored if message.report is None else stored | {"report": outline_to(message.report)}


def _plain(alert: Alert) -> dict[str, Any]:
    values = {name: value for name, value in asdict(alert).items() if value is not None}
    return values | {"at": alert.at.isoformat(), "since": alert.since.isoformat()}


def from_plain(key: str, at: datetime, stored: Mapping[str, Any]) -> Message:
    """The message of a row."""
    alerts = tuple(_alert(alert) for alert in stored["alerts"])
    report = outline_from(stored["report"]) if "report" in stored else None
    return Message(key, at, alerts, stored["count"], stored["kinds"], stored["causes"], report=report)


def _alert(stored: Mapping[str, Any]) -> Alert:
    times = {name: datetime.fromisoformat(stored[name]) for name in ("at", "since")}
    return Alert(**{**stored, **times, "kind": AlertKind(stored["kind"])})
