"""Notes what workers report of attempts that were given up: it is shown, and does not count."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.events import Event
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.executors.wire import read_report
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.runs import add_reason
from workflow_scheduler.storage.worker_reports import LateReport, take_late

__all__ = ["note_late_reports"]

_LONGEST = 300


def note_late_reports(db: Connection, now: datetime) -> list[Event]:
    """Add each to the reason of its attempt, once. Returns an event for each."""
    events = []
    for late in take_late(db):
        words = f"machine {late.worker} reported later: {_said(late)}; that does not count"
        add_reason(db, late.key, words)
        events.append(Event(now, "attempt.late", late.workflow_id, *late.key, reason=words))
    return events


def _said(late: LateReport) -> str:
    try:
        report = read_report(late.key, late.report)
    except (LookupError, TypeError, ValueError, AttributeError):
        report = None
    if not isinstance(report, Outcome):
        return "what this version cannot read"
    return f"{report.state} ({report.reason[:_LONGEST]})"
