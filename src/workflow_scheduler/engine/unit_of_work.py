"""The rows that one pass of the engine reads and changes, written together, each as compare-and-swap."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import (
    Attempt,
    AttemptKey,
    AttemptState,
    Run,
    RunState,
    TaskRun,
    TaskRunState,
    transition,
)
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage import scripts as script_store
from workflow_scheduler.storage.database import Connection

__all__ = ["UnitOfWork"]


TASK_RUNS_KEPT = 50_000
"""With more than these in progress, memory matters more than reading some again."""


class UnitOfWork:
    """Belongs to one transaction. Reads are kept, moves are collected, `flush` writes them.

    `before` is that of the previous pass, if it was committed and this engine still owns its runs: then what
    is in progress is not read again. Other processes write only cancellation requests to those rows (`forget` such a run).
    """

    def __init__(self, db: Connection, now: datetime, before: UnitOfWork | None = None) -> None:
        self.now = now
        self.events: list[Event] = []
        self._db = db
        self._runs: dict[str, Run] = {}
        self._task_runs: dict[str, dict[str, TaskRun]] = {}
        self._attempts: dict[AttemptKey, Attempt] = {}
        # What was changed, as the database has it; None is what it does not have yet.
        self._old_runs: dict[str, Run] = {}
        self._old_task_runs: dict[tuple[str, str], TaskRun | None] = {}
        self._old_attempts: dict[AttemptKey, Attempt | None] = {}
        self._scripts: list[tuple[AttemptKey, str, str]] = []
        if before is not None and sum(map(len, before._task_runs.values())) <= TASK_RUNS_KEPT:
            self._runs, self._task_runs, self._attempts = before._runs, before._task_runs, before._attempts
            self.forget([run_id for run_id in before._old_runs if self._runs[run_id].over])
            for key in before._old_attempts:
                if self._attempts[key].over:
                    del self._attempts[key]

    def load_runs(self, ids: Iterable[str]) -> None:
        """Read the runs and their task runs, unless they are here already."""
        missing = [run_id for run_id in dict.fromkeys(ids) if run_id not in self._task_runs]
        if not missing:
            return
        for run in run_store.load_runs(self._db, [run_id for run_id in missing if run_id not in self._runs]).values():
            self.know_run(run)
        self._task_runs.update(run_store.load_task_runs(self._db, missing))

    def load_attempts(self, keys: Collection[AttemptKey]) -> None:
        if missing := [key for key in keys if key not in self._attempts]:
            self._attempts.update(run_store.attempts_of(self._db, missing))

    def know_run(self, run: Run) -> None:
        """Take in a run that a query of this transaction read."""
        self._runs[run.id] = run

    def forget(self, ids: Iterable[str]) -> None:
        """Have these runs read again when they are needed."""
        for run_id in ids:
            self._runs.pop(run_id, None)
            self._task_runs.pop(run_id, None)

    def run(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    def task_runs(self, run_id: str) -> dict[str, TaskRun]:
        return self._task_runs[run_id]

    def attempt(self, key: AttemptKey) -> Attempt | None:
        return self._attempts.get(key)

    def add_task_run(self, one: TaskRun) -> None:
        self._old_task_runs[one.run_id, one.task_id] = None
        self._task_runs[one.run_id][one.task_id] = one

    def add_attempt(self, one: Attempt) -> None:
        key = one.key
        self._old_attempts[key] = None
        self._attempts[key] = one

    def move_run(self, run: Run, to: RunState, reason: str = "", **changes: Any) -> Run:
        new, event = transition(run, to, self.now, reason, workflow_id=run.workflow_id, **changes)
        self._old_runs.setdefault(run.id, run)
        self._runs[run.id] = new
        self.events.append(event)
        return new

    def move_task_run(self, one: TaskRun, to: TaskRunState, reason: str = "", **changes: Any) -> TaskRun:
        new, event = transition(one, to, self.now, reason, workflow_id=self._workflow(one.run_id), **changes)
        self._old_task_runs.setdefault((one.run_id, one.task_id), one)
        self._task_runs[one.run_id][one.task_id] = new
        self.events.append(event)
        return new

    def move_attempt(self, one: Attempt, to: AttemptState, reason: str = "", **changes: Any) -> Attempt:
        new, event = transition(one, to, self.now, reason, workflow_id=self._workflow(one.run_id), **changes)
        key = one.key
        self._old_attempts.setdefault(key, one)
        self._attempts[key] = new
        self.events.append(event)
        return new

    def note_attempt(self, one: Attempt, reason: str) -> None:
        """Say why it is in the state in which it stays."""
        if one.reason != reason:
            self._old_attempts.setdefault(one.key, one)
            self._attempts[one.key] = replace(one, reason=reason)

    def add_script(self, key: AttemptKey, digest: str, text: str) -> None:
        """Keep the text of the attempt's script."""
        self._scripts.append((key, digest, text))

    def _workflow(self, run_id: str) -> str:
        return self._runs[run_id].workflow_id

    def flush(self) -> None:
        """Write what changed. Stale if another process changed one of the rows since they were read."""
        self.flush_runs()
        tasks = [(old, self._task_runs[key[0]][key[1]]) for key, old in self._old_task_runs.items()]
        run_store.add_task_runs(self._db, [new for old, new in tasks if old is None])
        run_store.update_task_runs(self._db, [(old, new) for old, new in tasks if old is not None])
        tries = [(old, self._attempts[key]) for key, old in self._old_attempts.items()]
        run_store.add_attempts(self._db, [new for old, new in tries if old is None])
        run_store.update_attempts(self._db, [(old, new) for old, new in tries if old is not None])
        for key, digest, text in self._scripts:
            script_store.record_text(self._db, self._workflow(key.run_id), key.task_id, digest, text, self.now)
        event_store.record_events(self._db, self.events)

    def flush_runs(self) -> None:
        """Write the changed runs already now, so that a query of this transaction sees them."""
        pairs = [(old, self._runs[run_id]) for run_id, old in self._old_runs.items()]
        run_store.update_runs(self._db, [(old, new) for old, new in pairs if old is not new])
        self._old_runs.update((new.id, new) for _, new in pairs)
