"""Runs, task runs and attempts as the engine reads and writes them. Every update is a compare-and-swap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, tuple_, update

from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run, RunState, TaskRun, TaskRunState

from .database import Stale
from .prepared import Prepared
from .tables import LIVE_ATTEMPTS, OPEN_RUNS, attempts, runs, task_runs

__all__ = [
    "add_attempts",
    "add_runs",
    "add_task_runs",
    "attempts_of",
    "find_run",
    "live_attempts",
    "load_runs",
    "load_task_runs",
    "runs_of_engine",
    "take_over",
    "update_attempts",
    "update_runs",
    "update_task_runs",
]

_RUN_FIELDS = (
    *("id", "workflow_id", "version", "queued_at", "reason", "schedule_id", "started_at", "finished_at"),
    *("exclusive", "retry_of", "engine_id", "cancel_reason", "started_by", "cause", "exclusive_scope"),
)
_TASK_FIELDS = (
    *("run_id", "task_id", "position", "reason", "attempts", "recoveries"),
    *("retry_at", "started_at", "finished_at"),
)
_ATTEMPT_FIELDS = (
    *("run_id", "task_id", "number", "reason", "engine_id"),
    *("exit_code", "pid", "started_at", "finished_at"),
)


# By place: asking a row of SQLAlchemy's for seventeen names takes longer than all the rest of reading it.
_run_values_of = itemgetter(*map(list(runs.c.keys()).index, (*_RUN_FIELDS, "state", "nominal_utc")))


def run_from(row: Row[Any]) -> Run:
    """The run of a row that begins with the columns of `runs`."""
    *values, state, nominal = _run_values_of(row)
    return Run(state=RunState(state), nominal=nominal, **dict(zip(_RUN_FIELDS, values, strict=True)))


def task_run_from(row: Row[Any]) -> TaskRun:
    return TaskRun(state=TaskRunState(row.state), **{name: getattr(row, name) for name in _TASK_FIELDS})


def attempt_from(row: Row[Any]) -> Attempt:
    fields = {name: getattr(row, name) for name in _ATTEMPT_FIELDS}
    return Attempt(state=AttemptState(row.state), outputs=tuple(row.outputs), **fields)


def _run_values(run: Run) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in _RUN_FIELDS}
    return values | {"state": run.state.value, "nominal_utc": run.nominal}


def _task_values(one: TaskRun) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _TASK_FIELDS} | {"state": one.state.value}


def _attempt_values(one: Attempt) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _ATTEMPT_FIELDS}
    return values | {"state": one.state.value, "outputs": list(one.outputs)}


_ADD_RUN = Prepared(insert(runs), [*_RUN_FIELDS, "state", "nominal_utc"])
_ADD_TASK = Prepared(insert(task_runs), [*_TASK_FIELDS, "state"])
_ADD_ATTEMPT = Prepared(insert(attempts), [*_ATTEMPT_FIELDS, "state", "outputs"])


def add_runs(db: Connection, new: Collection[Run]) -> None:
    if new:
        _ADD_RUN.execute(db, [_run_values(run) for run in new])


def add_task_runs(db: Connection, new: Collection[TaskRun]) -> None:
    if new:
        _ADD_TASK.execute(db, [_task_values(one) for one in new])


def add_attempts(db: Connection, new: Collection[Attempt]) -> None:
    if new:
        _ADD_ATTEMPT.execute(db, [_attempt_values(one) for one in new])


def _swap(db: Connection, statement: Prepared, rows: Sequence[dict[str, Any]]) -> None:
    # Another process got there first if a row no longer stands as it was read: reread, never overwrite.
    if rows and statement.execute(db, rows) != len(rows):
        raise Stale


_UPDATE_RUN = Prepared(
    update(runs).where(runs.c.id == bindparam("id"), runs.c.state == bindparam("old_state")),
    # Not the cancel_reason: somebody may ask at any time, and no write of the engine's may undo that.
    ["state", "reason", "started_at", "finished_at", "engine_id"],
)


def update_runs(db: Connection, pairs: Collection[tuple[Run, Run]]) -> None:
    """Replace each (old, new). Stale if one of the old is not there any more."""
    _swap(db, _UPDATE_RUN, [_run_values(new) | {"old_state": old.state.value} for old, new in pairs])


_UPDATE_TASK = Prepared(
    update(task_runs).where(
        task_runs.c.run_id == bindparam("run_id"),
        task_runs.c.task_id == bindparam("task_id"),
        task_runs.c.state == bindparam("old_state"),
    ),
    ["state", "reason", "attempts", "recoveries", "retry_at", "started_at", "finished_at"],
)


def update_task_runs(db: Connection, pairs: Collection[tuple[TaskRun, TaskRun]]) -> None:
    """Replace each (old, new). Stale if one of the old is not there any more."""
    _swap(db, _UPDATE_TASK, [_task_values(new) | {"old_state": old.state.value} for old, new in pairs])


_UPDATE_ATTEMPT = Prepared(
    update(attempts).where(
        attempts.c.run_id == bindparam("run_id"),
        attempts.c.task_id == bindparam("task_id"),
        attempts.c.number == bindparam("number"),
        attempts.c.state == bindparam("old_state"),
        attempts.c.engine_id == bindparam("engine_id"),
    ),
    ["state", "reason", "exit_code", "pid", "started_at", "finished_at", "outputs"],
)


def update_attempts(db: Connection, pairs: Collection[tuple[Attempt, Attempt]]) -> None:
    """Replace each (old, new). Stale if one of the old is not there any more, or is another engine's now."""
    _swap(db, _UPDATE_ATTEMPT, [_attempt_values(new) | {"old_state": old.state.value} for old, new in pairs])


_LOAD_RUNS = select(runs).where(runs.c.id.in_(bindparam("ids", expanding=True))).with_for_update()
_LOAD_TASKS = (
    select(task_runs)
    .where(task_runs.c.run_id.in_(bindparam("ids", expanding=True)))
    .order_by(task_runs.c.run_id, task_runs.c.position)
)
_LOAD_ATTEMPTS = select(attempts).where(
    tuple_(attempts.c.run_id, attempts.c.task_id, attempts.c.number).in_(bindparam("keys", expanding=True))
)


def load_runs(db: Connection, ids: Collection[str]) -> dict[str, Run]:
    """The runs by their identifiers, locked for this transaction."""
    return {row.id: run_from(row) for row in db.execute(_LOAD_RUNS, {"ids": sorted(ids)})} if ids else {}


def load_task_runs(db: Connection, ids: Collection[str]) -> dict[str, dict[str, TaskRun]]:
    """For each run, its task runs by task, in order."""
    found: dict[str, dict[str, TaskRun]] = {run_id: {} for run_id in ids}
    if ids:
        for row in db.execute(_LOAD_TASKS, {"ids": list(ids)}):
            found[row.run_id][row.task_id] = task_run_from(row)
    return found


def attempts_of(db: Connection, keys: Collection[AttemptKey]) -> dict[AttemptKey, Attempt]:
    """The attempts by (run, task, number)."""
    if not keys:
        return {}
    found = [attempt_from(row) for row in db.execute(_LOAD_ATTEMPTS, {"keys": list(keys)})]
    return {one.key: one for one in found}


def find_run(db: Connection, run_id: str) -> Run | None:
    row = db.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return None if row is None else run_from(row)


def runs_of_engine(db: Connection, engine_id: int) -> list[Run]:
    """The runs that are in progress, or kept, for one engine."""
    query = select(runs).where(OPEN_RUNS, runs.c.engine_id == engine_id)
    return [run_from(row) for row in db.execute(query.with_for_update())]


def live_attempts(db: Connection, engine_id: int) -> list[Attempt]:
    """The attempts of one engine that are not over."""
    query = select(attempts).where(LIVE_ATTEMPTS, attempts.c.engine_id == engine_id)
    return [attempt_from(row) for row in db.execute(query)]


def take_over(db: Connection, gone: int, engine_id: int) -> None:
    """Make a gone engine's runs in progress and attempts this engine's; the old one's writes find nothing more."""
    mine = {"engine_id": engine_id}
    of_gone = update(runs).where(OPEN_RUNS, runs.c.engine_id == gone)
    db.execute(of_gone.where(runs.c.state == RunState.RUNNING.value).values(mine))
    db.execute(of_gone.where(runs.c.state == RunState.QUEUED.value).values(engine_id=None))
    db.execute(update(attempts).where(LIVE_ATTEMPTS, attempts.c.engine_id == gone).values(mine))
