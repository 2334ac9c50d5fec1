"""Runs, task runs and attempts as the engine reads and writes them. Every update is a compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, RunState, TaskRun, TaskRunState

from . import tables
from .database import Stale
from .sql import Connection, values_for

__all__ = [
    "LIVE_ATTEMPTS",
    "OPEN_RUNS",
    "RUN_COLUMNS",
    "add_attempts",
    "add_reason",
    "add_runs",
    "add_task_runs",
    "attempt_from",
    "attempts_of",
    "find_run",
    "last_successes",
    "live_attempts",
    "load_runs",
    "load_task_runs",
    "run_from",
    "runs_of_engine",
    "take_over",
    "task_run_from",
    "update_attempts",
    "update_runs",
    "update_task_runs",
]

# In words that SQLite can compare with a partial index's own: of a value it cannot know whether the index has its rows.
OPEN_RUNS = "runs.state IN ('queued', 'running')"
LIVE_ATTEMPTS = "state IN ('ready', 'launching', 'running', 'checking_outputs')"
RUN_COLUMNS = ", ".join(f"runs.{name}" for name in tables.runs.columns)
RUNS_SEARCHED = 1000
"""Among how many of a workflow's runs a success is looked for."""
_TASK_COLUMNS, _ATTEMPT_COLUMNS = ", ".join(tables.task_runs.columns), ", ".join(tables.attempts.columns)


def run_from(row: Any) -> Run:
    values = row._asdict()
    nominal, due = values.pop("nominal_utc"), values.pop("due_utc")
    return Run(state=RunState(values.pop("state")), nominal=nominal, due=due, **values)


def task_run_from(row: Any) -> TaskRun:
    values = row._asdict()
    return TaskRun(state=TaskRunState(values.pop("state")), **values)


def attempt_from(row: Any) -> Attempt:
    values = row._asdict()
    return Attempt(state=AttemptState(values.pop("state")), outputs=tuple(values.pop("outputs")), **values)


_ADD_RUN, _ADD_TASK, _ADD_ATTEMPT = tables.runs.insert(), tables.task_runs.insert(), tables.attempts.insert()
_STATE = {"state": "state.value"}
_run_values = values_for(_ADD_RUN, {**_STATE, "nominal_utc": "nominal", "due_utc": "due"})
_task_values, _attempt_values = values_for(_ADD_TASK, _STATE), values_for(_ADD_ATTEMPT, _STATE)


def add_runs(db: Connection, new: Collection[Run]) -> None:
    db.run_each(_ADD_RUN, [_run_values(run) for run in new])


def add_task_runs(db: Connection, new: Collection[TaskRun]) -> None:
    db.run_each(_ADD_TASK, [_task_values(task) for task in new])


def add_attempts(db: Connection, new: Collection[Attempt]) -> None:
    db.run_each(_ADD_ATTEMPT, [_attempt_values(attempt) for attempt in new])


_Pairs = Collection[tuple[Any, Any]]
"""Each (old, new)."""


def _swap(db: Connection, statement: str, values: Callable[[Any], tuple[Any, ...]], pairs: _Pairs) -> None:
    # Another process got there first if a row no longer stands as it was read: reread, never overwrite.
    if db.run_each(statement, [(*values(new), old.state.value) for old, new in pairs]) != len(pairs):
        raise Stale


# Not the cancel_reason: somebody may ask at any time, and no write of the engine's may undo that.
_UPDATE_RUN = """
    UPDATE runs
    SET state = :state, reason = :reason, started_at = :started_at, finished_at = :finished_at, engine_id = :engine_id
    WHERE id = :id AND state = :old_state"""
_changed_run = values_for(_UPDATE_RUN, _STATE, "old_state")


def update_runs(db: Connection, pairs: Collection[tuple[Run, Run]]) -> None:
    """Replace each (old, new). Stale if one of the old rows has changed."""
    _swap(db, _UPDATE_RUN, _changed_run, pairs)


_UPDATE_TASK = """
    UPDATE task_runs
    SET state = :state, reason = :reason, attempts = :attempts, recoveries = :recoveries,
        retry_at = :retry_at, started_at = :started_at, finished_at = :finished_at
    WHERE run_id = :run_id AND task_id = :task_id AND state = :old_state"""
_changed_task = values_for(_UPDATE_TASK, _STATE, "old_state")


def update_task_runs(db: Connection, pairs: Collection[tuple[TaskRun, TaskRun]]) -> None:
    """Replace each (old, new). Stale if one of the old rows has changed."""
    _swap(db, _UPDATE_TASK, _changed_task, pairs)


_UPDATE_ATTEMPT = """
    UPDATE attempts
    SET state = :state, reason = :reason, exit_code = :exit_code, pid = :pid,
        started_at = :started_at, finished_at = :finished_at, outputs = :outputs, facts = :facts
    WHERE run_id = :run_id AND task_id = :task_id AND number = :number
        AND engine_id = :engine_id AND state = :old_state"""
_changed_attempt = values_for(_UPDATE_ATTEMPT, _STATE, "old_state")


def update_attempts(db: Connection, pairs: Collection[tuple[Attempt, Attempt]]) -> None:
    """Replace each (old, new). Stale if one of the old rows has changed or belongs to another engine."""
    _swap(db, _UPDATE_ATTEMPT, _changed_attempt, pairs)


def load_runs(db: Connection, ids: Collection[str]) -> dict[str, Run]:
    """The runs with these IDs, locked for this transaction."""
    if not ids:
        return {}
    rows = db.rows(f"SELECT {RUN_COLUMNS} FROM runs WHERE id IN :ids /*postgresql FOR UPDATE*/", ids=sorted(ids))
    return {row.id: run_from(row) for row in rows}


def load_task_runs(db: Connection, ids: Collection[str]) -> dict[str, dict[str, TaskRun]]:
    """For each run, its task runs by task, in order."""
    tasks: dict[str, dict[str, TaskRun]] = {run_id: {} for run_id in ids}
    if ids:
        query = f"SELECT {_TASK_COLUMNS} FROM task_runs WHERE run_id IN :ids ORDER BY run_id, position"
        for row in db.rows(query, ids=ids):
            tasks[row.run_id][row.task_id] = task_run_from(row)
    return tasks


def attempts_of(db: Connection, keys: Collection[AttemptKey]) -> dict[AttemptKey, Attempt]:
    """The attempts by (run, task, number)."""
    if not keys:
        return {}
    query = f"SELECT {_ATTEMPT_COLUMNS} FROM attempts WHERE (run_id, task_id, number) IN :keys"
    attempts = [attempt_from(row) for row in db.rows(query, keys=keys)]
    return {attempt.key: attempt for attempt in attempts}


def add_reason(db: Connection, key: AttemptKey, words: str) -> None:
    """Say more of why an attempt ended as it did."""
    query = "UPDATE attempts SET reason = reason || '; ' || :words WHERE (run_id, task_id, number) = (:run_id, :task_id, :number)"
    db.run(query, words=words, **key._asdict())


def find_run(db: Connection, run_id: str) -> Run | None:
    row = db.row(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = :id", id=run_id)
    return None if row is None else run_from(row)


def runs_of_engine(db: Connection, engine_id: int) -> list[Run]:
    """The runs in progress of one engine, and those reserved for it."""
    query = f"SELECT {RUN_COLUMNS} FROM runs WHERE {OPEN_RUNS} AND engine_id = :engine_id /*postgresql FOR UPDATE*/"
    return [run_from(row) for row in db.rows(query, engine_id=engine_id)]


def live_attempts(db: Connection, engine_id: int) -> list[Attempt]:
    """The attempts of one engine that have not ended."""
    query = f"SELECT {_ATTEMPT_COLUMNS} FROM attempts WHERE {LIVE_ATTEMPTS} AND engine_id = :engine_id"
    return [attempt_from(row) for row in db.rows(query, engine_id=engine_id)]


def task_history(db: Connection, run_id: str) -> list[tuple[TaskRun, list[Attempt]]]:
    """The task runs of a run in order, each with its attempts."""
    by_task: dict[str, list[Attempt]] = {}
    for row in db.rows(f"SELECT {_ATTEMPT_COLUMNS} FROM attempts WHERE run_id = :id ORDER BY number", id=run_id):
        by_task.setdefault(row.task_id, []).append(attempt_from(row))
    tasks = db.rows(f"SELECT {_TASK_COLUMNS} FROM task_runs WHERE run_id = :id ORDER BY position", id=run_id)
    return [(task_run_from(row), by_task.get(row.task_id, [])) for row in tasks]


def last_successes(db: Connection, run: Run, task_id: str, most: int) -> list[tuple[Run, Attempt]]:
    """The newest attempts of the workflow's task that succeeded in runs before this one, the newest first."""
    columns = ", ".join(f"attempts.{name}" for name in tables.attempts.columns)
    query = f"""
        SELECT {columns} FROM (
            SELECT id, queued_at FROM runs WHERE workflow_id = :workflow_id AND queued_at <= :before AND id <> :id
            ORDER BY queued_at DESC LIMIT :searched) AS newest
        JOIN attempts ON attempts.run_id = newest.id AND attempts.task_id = :task_id AND attempts.state = 'succeeded'
        ORDER BY newest.queued_at DESC, attempts.run_id DESC, attempts.number DESC LIMIT :most"""
    named = {"workflow_id": run.workflow_id, "before": run.queued_at, "id": run.id, "task_id": task_id}
    attempts = [attempt_from(row) for row in db.rows(query, **named, searched=RUNS_SEARCHED, most=most)]
    if not attempts:
        return []
    rows = db.rows(f"SELECT {RUN_COLUMNS} FROM runs WHERE id IN :ids", ids={attempt.run_id for attempt in attempts})
    runs = {row.id: run_from(row) for row in rows}
    return [(runs[attempt.run_id], attempt) for attempt in attempts]


def take_over(db: Connection, gone: int, engine_id: int) -> None:
    """Give this engine the runs in progress and attempts of one that is gone, whose writes then find no rows."""
    of_gone = f"{OPEN_RUNS} AND engine_id = :gone"
    db.run(f"UPDATE runs SET engine_id = :mine WHERE {of_gone} AND state = 'running'", mine=engine_id, gone=gone)
    db.run(f"UPDATE runs SET engine_id = NULL WHERE {of_gone} AND state = 'queued'", gone=gone)
    db.run(
        f"UPDATE attempts SET engine_id = :mine WHERE {LIVE_ATTEMPTS} AND engine_id = :gone", mine=engine_id, gone=gone
    )
