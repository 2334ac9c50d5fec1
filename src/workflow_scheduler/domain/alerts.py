"""What people are told about, when they are told again, and what ends it. Pure: events and time come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from .events import Event
from .quick_dataclass import dataclass

__all__ = [
    "DEFAULT_KINDS",
    "HOME",
    "KINDS_OF_EVENTS",
    "KIND_WORDS",
    "TOLD_OF",
    "Alert",
    "AlertKind",
    "Incident",
    "Incidents",
    "Rule",
    "channels_for",
    "decide",
    "next_repeat",
    "repeated",
    "repeats_due",
    "subject_of",
]

LONGEST_REASON = 1_000


class AlertKind(StrEnum):
    """What a rule can ask for."""

    FAILED = "failed"
    RECOVERED = "recovered"
    LATE = "late"
    LONG = "long"
    SHORT = "short"
    UNUSUAL = "unusual"
    AT_RISK = "at_risk"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    ATTEMPT_FAILED = "attempt_failed"
    SCHEDULER_DOWN = "scheduler_down"
    SCHEDULER_RESTARTED = "scheduler_restarted"
    DISK_LOW = "disk_low"
    PLANNER_PAUSED = "planner_paused"
    WORKER_OFFLINE = "worker_offline"


_K = AlertKind
KIND_WORDS: Mapping[AlertKind, str] = {
    _K.FAILED: "A run failed, all its retries included.",
    _K.RECOVERED: "The first success after a run that failed, had an unknown result or was late; or a silent machine that is back.",
    _K.LATE: "A deadline has passed.",
    _K.LONG: "A run takes longer than it may.",
    _K.SHORT: "A run took less time than it should.",
    _K.UNUSUAL: "An output file is much smaller or larger than usual.",
    _K.AT_RISK: "A run will probably miss its deadline.",
    _K.UNKNOWN: "The result of a run is unknown.",
    _K.SKIPPED: "A due time did not run: it was missed, or the previous run was still in progress.",
    _K.ATTEMPT_FAILED: "An attempt failed, whether it is retried or not.",
    _K.SCHEDULER_DOWN: "The watchman finds that the scheduler does not work.",
    _K.SCHEDULER_RESTARTED: "The scheduler started again after it had ended without being stopped.",
    _K.DISK_LOW: "The home's disk is nearly full, and no task is started.",
    _K.PLANNER_PAUSED: "All schedules were paused.",
    _K.WORKER_OFFLINE: "A machine that runs tasks is silent.",
}
DEFAULT_KINDS = (_K.FAILED, _K.UNKNOWN, _K.LATE, _K.RECOVERED, _K.SCHEDULER_DOWN)

KINDS_OF_EVENTS: Mapping[str, AlertKind] = {
    "run.failed": _K.FAILED,
    "run.unknown": _K.UNKNOWN,
    "attempt.failed": _K.ATTEMPT_FAILED,
    "attempt.timed_out": _K.ATTEMPT_FAILED,
    "attempt.unknown": _K.ATTEMPT_FAILED,
    "fire.skipped": _K.SKIPPED,
    "deadline.late": _K.LATE,
    "deadline.no_success": _K.LATE,
    "deadline.at_risk": _K.AT_RISK,
    "deadline.long": _K.LONG,
    "deadline.short": _K.SHORT,
    "output.unusual": _K.UNUSUAL,
    "scheduler.restarted": _K.SCHEDULER_RESTARTED,
    "disk.low": _K.DISK_LOW,
    "planner.paused": _K.PLANNER_PAUSED,
    "worker.offline": _K.WORKER_OFFLINE,
}
_ENDS: Mapping[str, frozenset[AlertKind]] = {
    "run.succeeded": frozenset({_K.FAILED, _K.UNKNOWN, _K.LATE, _K.AT_RISK}),
    "planner.resumed": frozenset({_K.PLANNER_PAUSED}),
    "worker.online": frozenset({_K.WORKER_OFFLINE}),
}
"""What an event ends."""
TOLD_OF = frozenset({*KINDS_OF_EVENTS, *_ENDS})
"""The kinds of events that matter here."""
_LASTING = frozenset().union(*_ENDS.values())
"""What lasts until something ends it: told once, and again only by `repeat`. All else is told each time."""
_RECOVERABLE = frozenset({_K.FAILED, _K.UNKNOWN, _K.LATE, _K.WORKER_OFFLINE})
HOME = ""
"""The subject of what concerns no workflow."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is told of what. Without labels: of every workflow. `workflow_id`: of this one only. `repeat`: seconds."""

    on: tuple[AlertKind, ...]
    to: tuple[str, ...]
    labels: tuple[str, ...] = ()
    repeat: float | None = None
    workflow_id: str | None = None

    def matches(self, kind: AlertKind, workflow_id: str, labels: Iterable[str]) -> bool:
        if kind not in self.on or self.workflow_id not in (None, workflow_id):
            return False
        return not self.labels or any(label in self.labels for label in labels)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that people are told. `since`: when it began. `count`: how often it has happened since then."""

    kind: AlertKind
    at: datetime
    since: datetime
    workflow_id: str
    reason: str
    run_id: str | None = None
    task_id: str | None = None
    attempt: int | None = None
    schedule_id: str | None = None
    count: int = 1
    again: bool = False
    """Whether it was told before."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that lasts. `subject`: see `subject_of`. `repeated_at`: when it was last told, or would have been."""

    subject: str
    kind: AlertKind
    workflow_id: str
    run_id: str | None
    opened_at: datetime
    last_at: datetime
    count: int
    reason: str
    repeated_at: datetime
    acked_at: datetime | None = None
    acked_by: str = ""
    note: str = ""


Incidents = MutableMapping[tuple[str, AlertKind], Incident]


def subject_of(event: Event, backfill_id: str | None) -> str:
    """Whose state an event changes: its workflow's. A backfill's runs say nothing about tonight's: they have their own, and so
    has each worker."""
    part = backfill_id or (event.task_id if event.kind.startswith("worker.") else None)
    return f"{event.workflow_id}~{part}" if part else event.workflow_id


def decide(event: Event, subject: str, open_: Incidents, *, over: bool = False) -> Alert | None:
    """What is to be told because of this event, and the incidents that are open after it. `over`: it is about a run that had
    succeeded before; that lasts no longer."""
    kind = KINDS_OF_EVENTS.get(event.kind)
    if kind is None:
        return _end(event, subject, open_)
    reason = event.reason[:LONGEST_REASON]
    if kind not in _LASTING:
        return _alert(kind, event, event.at, reason)
    known = open_.get((subject, kind))
    if over and known is None:
        return _alert(kind, event, event.at, reason)
    if known is not None:
        open_[subject, kind] = replace(
            known, last_at=event.at, count=known.count + 1, reason=reason, run_id=event.run_id
        )
        return None
    open_[subject, kind] = Incident(
        subject, kind, event.workflow_id, event.run_id, event.at, event.at, 1, reason, repeated_at=event.at
    )
    return _alert(kind, event, event.at, reason)


def _end(event: Event, subject: str, open_: Incidents) -> Alert | None:
    ended = [open_.pop((subject, kind)) for kind in _ENDS.get(event.kind, ()) if (subject, kind) in open_]
    over = sorted((one for one in ended if one.kind in _RECOVERABLE), key=lambda one: one.opened_at)
    if not over:
        return None
    if over[0].kind is _K.WORKER_OFFLINE:
        return _alert(_K.RECOVERED, event, over[0].opened_at, event.reason)
    words = {_K.FAILED: "failed", _K.UNKNOWN: "had an unknown result", _K.LATE: "was late"}
    times = max(incident.count for incident in over)
    often = f" {times} times" if times > 1 else ""
    was = " and ".join(words[kind] for kind in dict.fromkeys(incident.kind for incident in over))
    reason = f"It succeeded after it {was}{often}: {over[-1].reason}"[:LONGEST_REASON]
    return replace(_alert(_K.RECOVERED, event, over[0].opened_at, reason), count=times)


def _alert(kind: AlertKind, event: Event, since: datetime, reason: str) -> Alert:
    of_run = {"run_id": event.run_id, "task_id": event.task_id, "attempt": event.attempt}
    return Alert(kind, event.at, since, event.workflow_id, reason, **of_run, schedule_id=event.schedule_id)  # type: ignore[arg-type]


def channels_for(kind: AlertKind, workflow_id: str, labels: Iterable[str], rules: Iterable[Rule]) -> list[str]:
    """The channels that are told, each once, in the order of the rules."""
    labels = tuple(labels)
    matching = (rule for rule in rules if rule.matches(kind, workflow_id, labels))
    return list(dict.fromkeys(channel for rule in matching for channel in rule.to))


def repeats_due(incident: Incident, labels: Iterable[str], rules: Iterable[Rule], now: datetime) -> list[str]:
    """The channels that are told again by now."""
    found: dict[str, None] = {}
    for rule in _repeating(incident, labels, rules):
        if _next(incident, rule) <= now:
            found.update(dict.fromkeys(rule.to))
    return list(found)


def next_repeat(incident: Incident, labels: Iterable[str], rules: Iterable[Rule]) -> datetime | None:
    """When somebody is told again; None: never."""
    return min((_next(incident, rule) for rule in _repeating(incident, labels, rules)), default=None)


def _repeating(incident: Incident, labels: Iterable[str], rules: Iterable[Rule]) -> list[Rule]:
    labels = tuple(labels)
    if incident.acked_at is not None:
        return []
    return [rule for rule in rules if rule.repeat and rule.matches(incident.kind, incident.workflow_id, labels)]


def _next(incident: Incident, rule: Rule) -> datetime:
    """The times of repetition count from the beginning, so that rules with several of them do not drift apart."""
    span = timedelta(seconds=rule.repeat or 0)
    return incident.opened_at + ((incident.repeated_at - incident.opened_at) // span + 1) * span


def repeated(incident: Incident) -> Alert:
    """What is said when an incident is told again."""
    return Alert(
        incident.kind,
        incident.last_at,
        incident.opened_at,
        incident.workflow_id,
        incident.reason,
        incident.run_id,
        count=incident.count,
        again=True,
    )
