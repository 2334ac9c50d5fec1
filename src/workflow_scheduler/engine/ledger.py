"""The rows that one pass of the engine reads and changes. They are written in one go, each as compare-and-swap."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import Attempt, AttemptState, Run, RunState, TaskRun, TaskRunState, transition
from workflow_scheduler.executors.base import Key
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection

__all__ = ["Ledger"]


class Ledger:
    """Belongs to one transaction. Reads are kept, moves are collected, `flush` writes them."""

    def __init__(self, db: Connection, now: datetime) -> None:
        self.now = now
        self.events: list[Event] = []
        self._db = db
        self._runs: dict[str, Run] = {}
        self._task_runs: dict[str, dict[str, TaskRun]] = {}
        self._attempts: dict[Key, Attempt] = {}
        self._read: dict[Any, Any] = {}  # as they stood when read; what is not in here is new

    def load_runs(self, ids: Iterable[str]) -> None:
        """Read the runs and their task runs, unless they are here already."""
        missing = [run_id for run_id in dict.fromkeys(ids) if run_id not in self._task_runs]
        for run in run_store.load_runs(self._db, [one for one in missing if one not in self._runs]).values():
            self.know_run(run)
        for run_id, found in run_store.load_task_runs(self._db, missing).items():
            self._task_runs[run_id] = found
            self._read.update(((run_id, task_id), one) for task_id, one in found.items())

    def load_attempts(self, keys: Collection[Key]) -> None:
        for key, attempt in run_store.attempts_of(self._db, [key for key in keys if key not in self._attempts]).items():
            self._attempts[key] = self._read[key] = attempt

    def know_run(self, run: Run) -> None:
        """Take in a run that a query of this transaction read."""
        self._runs[run.id] = self._read[run.id] = run

    def run(self, run_id: str) -> Run | None:
        return self._runs.get(run_id)

    def task_runs(self, run_id: str) -> dict[str, TaskRun]:
        return self._task_runs[run_id]

    def attempt(self, key: Key) -> Attempt | None:
        return self._attempts.get(key)

    def add_task_run(self, task_run: TaskRun) -> None:
        self._task_runs[task_run.run_id][task_run.task_id] = task_run

    def add_attempt(self, attempt: Attempt) -> None:
        self._attempts[attempt.run_id, attempt.task_id, attempt.number] = attempt

    def move_run(self, run: Run, to: RunState, reason: str = "", **changes: Any) -> Run:
        new, event = transition(replace(run, **changes), to, self.now, reason, workflow_id=run.workflow_id)
        self._runs[run.id] = new
        self.events.append(event)
        return new

    def move_task_run(self, one: TaskRun, to: TaskRunState, reason: str = "", **changes: Any) -> TaskRun:
        new, event = transition(replace(one, **changes), to, self.now, reason, workflow_id=self._workflow(one.run_id))
        self._task_runs[one.run_id][one.task_id] = new
        self.events.append(event)
        return new

    def move_attempt(self, one: Attempt, to: AttemptState, reason: str = "", **changes: Any) -> Attempt:
        new, event = transition(replace(one, **changes), to, self.now, reason, workflow_id=self._workflow(one.run_id))
        self._attempts[one.run_id, one.task_id, one.number] = new
        self.events.append(event)
        return new

    def _workflow(self, run_id: str) -> str:
        return self._runs[run_id].workflow_id

    def flush(self) -> None:
        """Write what changed. Stale if another process changed one of the rows since they were read."""
        task_runs = {(run_id, one.task_id): one for run_id, ours in self._task_runs.items() for one in ours.values()}
        self.flush_runs()
        run_store.add_task_runs(self._db, [one for key, one in task_runs.items() if key not in self._read])
        run_store.update_task_runs(self._db, self._changed(task_runs))
        run_store.add_attempts(self._db, [one for key, one in self._attempts.items() if key not in self._read])
        run_store.update_attempts(self._db, self._changed(self._attempts))
        event_store.record_events(self._db, self.events)

    def flush_runs(self) -> None:
        """Write the changed runs already now, so that a query of this transaction sees them."""
        pairs = self._changed(self._runs)
        run_store.update_runs(self._db, pairs)
        self._read.update((new.id, new) for _, new in pairs)

    def _changed(self, things: dict[Any, Any]) -> list[tuple[Any, Any]]:
        pairs = ((self._read.get(key), thing) for key, thing in things.items())
        return [(old, new) for old, new in pairs if old is not None and old is not new]
