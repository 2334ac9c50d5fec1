"""What a message says beyond its alerts: the last lines of standard error, and what happens next by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.alerts import Alert, AlertKind
from workflow_scheduler.domain.message import Details, Message
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.operations.runs.difference import difference_lines
from workflow_scheduler.operations.runs.failures import remembered
from workflow_scheduler.operations.runs.last_lines import failed_attempt, why_of
from workflow_scheduler.operations.runs.running import NOW, long_words
from workflow_scheduler.storage import queries_alerts
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.sightings import LONG, TIMEOUT

__all__ = ["Completion"]

LINES = 20
_DETAILED = 3
"""Alerts of a digest whose last lines are shown."""
_LOOKS = {
    AlertKind.LONG: (NOW, LONG),
    **dict.fromkeys((AlertKind.FAILED, AlertKind.ATTEMPT_FAILED), (TIMEOUT,)),
}
"""Of which looks at its commands an alert tells."""
_WITH_LINES = (AlertKind.FAILED, AlertKind.UNKNOWN, AlertKind.ATTEMPT_FAILED)


class Completion:
    """Completes a message when it is sent. `link`: the address of the web interface; empty without one."""

    def __init__(self, database: Database, home: Path, timezone: str, link: Callable[[], str]) -> None:
        self._database = database
        self._home = home
        self._timezone = timezone
        self._link = link

    def __call__(self, message: Message) -> Message:
        details = tuple(self._of(alert) for alert in message.alerts[:_DETAILED])
        return replace(message, details=details, timezone=self._timezone, link=self._link())

    def _of(self, alert: Alert) -> Details:
        key, step, differences = self._database.read(lambda db: self._recorded(db, alert))
        why = why_of(self._home, key, LINES) if alert.kind in _WITH_LINES else None
        task_id = key.task_id if key else ""
        occasions = _LOOKS.get(alert.kind)
        running = long_words(self._database, self._home, alert.run_id, occasions) if occasions and alert.run_id else ""
        memory = remembered(self._database, key, why.lines, self._timezone) if key and why is not None else ""
        details = Details(step, task_id, differences=differences, memory=memory, running=running)
        return details if why is None else replace(details, stream=why.stream, lines=why.lines)

    def _recorded(self, db: Connection, alert: Alert) -> tuple[AttemptKey | None, str, tuple[str, ...]]:
        key = self._attempt(db, alert)
        differences: tuple[str, ...] = ()
        if key is not None and alert.kind in _WITH_LINES:
            differences = difference_lines(db, key, self._timezone)
        return key, self._next_step(db, alert), differences

    @staticmethod
    def _attempt(db: Connection, alert: Alert) -> AttemptKey | None:
        if alert.run_id is None:
            return None
        if alert.task_id is not None and alert.attempt is not None:
            return AttemptKey(alert.run_id, alert.task_id, alert.attempt)
        return failed_attempt(db, alert.run_id)

    def _next_step(self, db: Connection, alert: Alert) -> str:
        if alert.kind is AlertKind.ATTEMPT_FAILED and alert.run_id and alert.task_id:
            retry_at = queries_alerts.retry_at(db, alert.run_id, alert.task_id)
            return f"retried at {self._time(retry_at)}" if retry_at else "no further retry"
        if not alert.workflow_id:
            return ""
        next_due = queries_alerts.next_due_of(db, alert.workflow_id)
        return f"next run {self._time(next_due)}" if next_due else "nothing: no schedule is due again"

    def _time(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self._timezone)).isoformat(" ", "seconds")
