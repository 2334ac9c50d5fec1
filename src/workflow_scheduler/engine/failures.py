"""Remembers by what failed attempts are known again: apart from planning, in transactions of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.failure_memory import Fingerprint, fingerprint
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import failures, runs, versions
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.failures import Failure
from workflow_scheduler.storage.incidents import events_told_of
from workflow_scheduler.system.crash_points import crash_point

__all__ = ["FailureReader", "fingerprint_of"]

BATCH = 50
"""Failures whose output is read before others have their turn."""
SAVED_EACH = 50_000
"""Events after which the place is noted although no attempt failed."""
_KINDS = frozenset({"attempt.failed", "attempt.timed_out"})
_LONGEST_LINE = 200


class FailureReader:
    """`last_lines`: of what an attempt wrote. For one thread."""

    def __init__(
        self, database: Database, last_lines: Callable[[AttemptKey], Sequence[str]], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._last_lines = last_lines
        self._wake = wake
        self._seen: int | None = None
        self._saved = 0

    def step(self, now: datetime, *, hinted: bool = True) -> datetime | None:
        """Remember what is new. The first step notes from where on there may be something."""
        if self._seen is None:
            self._seen = self._saved = self._database.write(_start)
        if not hinted:
            return None
        seen = self._seen
        newest, events = self._database.read(
            lambda db: (event_store.newest_event(db), events_told_of(db, seen, _KINDS, BATCH))
        )
        if not events:
            self._seen = max(seen, newest)
            if self._seen - self._saved > SAVED_EACH:
                self._save()
            return None
        found = [failure for _, event in events if (failure := self._failure(event)) is not None]

        def work(db: Connection) -> None:
            failures.add_failures(db, found)
            failures.set_failure_cursor(db, events[-1][0])
            crash_point("failures.before_commit")

        self._database.write(work)
        self._seen = self._saved = events[-1][0]
        if len(events) == BATCH:
            self._wake()
        return None

    def _save(self) -> None:
        seen = self._saved = self._seen or 0
        self._database.write(lambda db: failures.set_failure_cursor(db, seen))

    def _failure(self, event: Event) -> Failure | None:
        if event.run_id is None or event.task_id is None or event.attempt is None:
            return None
        key = AttemptKey(event.run_id, event.task_id, event.attempt)
        lines = self._last_lines(key)
        found = self._database.read(lambda db: fingerprint_of(db, key, lines))
        if found is None:
            return None
        said = next((line for line in reversed(lines) if line.strip()), event.reason)
        return Failure(key, event.workflow_id, event.at, found.key, found.tokens, said.strip()[:_LONGEST_LINE])


def _start(db: Connection) -> int:
    cursor = failures.failure_cursor(db)
    if cursor is None:
        cursor = event_store.newest_event(db)
        failures.set_failure_cursor(db, cursor)
    return cursor


def fingerprint_of(db: Connection, key: AttemptKey, lines: Sequence[str]) -> Fingerprint | None:
    """By what the failure of an attempt is known again; None if it says nothing in particular, or is gone."""
    run, attempt = runs.find_run(db, key.run_id), runs.attempts_of(db, [key]).get(key)
    if run is None or attempt is None:
        return None
    task = versions.find_version(db, run.workflow_id, run.version).task(key.task_id)
    if task is None:
        return None
    command = " ".join([task.command, *([task.args] if isinstance(task.args, str) else task.args)])
    return fingerprint(command, attempt.exit_code, attempt.state.value, attempt.reason, lines)
