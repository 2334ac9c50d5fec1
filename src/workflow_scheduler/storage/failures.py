"""Failed attempts by what they are known again by, and notes about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.failure_memory import Note
from workflow_scheduler.domain.run import AttemptKey

from . import tables
from .sql import Connection

__all__ = [
    "Failure",
    "FailureGroup",
    "add_failures",
    "add_note",
    "failure_cursor",
    "failure_groups",
    "failures_like",
    "failures_of_group",
    "failures_of_workflow",
    "find_failure",
    "newest_notes",
    "passed_on_retry",
    "set_failure_cursor",
]

_CURSOR = 2
"""Of those that read events, the one that remembers failures."""
_ADD = f"{tables.failures.insert()} ON CONFLICT DO NOTHING"
_ALL = ", ".join(tables.failures.columns)
_FAILED = ("failed", "timed_out")


class Failure(NamedTuple):
    """`line`: the last one that it wrote, or its reason."""

    key: AttemptKey
    workflow_id: str
    at: datetime
    fingerprint: str
    tokens: Sequence[str]
    line: str


class FailureGroup(NamedTuple):
    """The same failures of a task. `number`: of their runs."""

    workflow_id: str
    task_id: str
    fingerprint: str
    number: int
    first_at: datetime
    last_at: datetime


def failure_cursor(db: Connection, *, lock: bool = False) -> int | None:
    """The number of the last event that was read; None before the first time. `lock`: until the transaction ends."""
    query = "SELECT seq FROM alert_cursor WHERE id = :id"
    return db.value(f"{query} /*postgresql FOR UPDATE*/" if lock else query, id=_CURSOR)


def set_failure_cursor(db: Connection, seq: int) -> None:
    query = f"{tables.alert_cursor.insert()} ON CONFLICT (id) DO UPDATE SET seq = excluded.seq"
    db.run(query, id=_CURSOR, seq=seq)


def add_failures(db: Connection, new: Collection[Failure]) -> None:
    """Those that are there stay as they are."""
    if new:
        db.run_each(_ADD, [(*failure.key, *failure[1:4], list(failure.tokens), failure.line) for failure in new])


def find_failure(db: Connection, key: AttemptKey) -> Failure | None:
    query = f"SELECT {_ALL} FROM failures WHERE run_id = :run AND task_id = :task AND attempt = :attempt"
    rows = _failures(db, query, run=key.run_id, task=key.task_id, attempt=key.number)
    return rows[0] if rows else None


def failures_like(db: Connection, fingerprint: str, before: datetime, most: int) -> list[Failure]:
    """The newest with that fingerprint before that time, of all workflows."""
    query = f"SELECT {_ALL} FROM failures WHERE fingerprint = :key AND at < :before ORDER BY at DESC LIMIT :most"
    return _failures(db, query, key=fingerprint, before=before, most=most)


def failures_of_workflow(db: Connection, workflow_id: str, before: datetime, most: int) -> list[Failure]:
    """Its newest before that time."""
    query = f"SELECT {_ALL} FROM failures WHERE workflow_id = :id AND at < :before ORDER BY at DESC LIMIT :most"
    return _failures(db, query, id=workflow_id, before=before, most=most)


def _failures(db: Connection, query: str, **values: object) -> list[Failure]:
    return [Failure(AttemptKey(*row[:3]), *row[3:]) for row in db.rows(query, **values)]


def failure_groups(db: Connection, most: int, workflow_id: str | None = None) -> list[FailureGroup]:
    """The same failures together, the latest first."""
    query = """
        SELECT workflow_id, task_id, fingerprint, count(DISTINCT run_id) AS number, min(at) AS first_at, max(at) AS last_at
        FROM failures WHERE CAST(:id AS VARCHAR(100)) IS NULL OR workflow_id = :id
        GROUP BY workflow_id, task_id, fingerprint ORDER BY last_at DESC, task_id LIMIT :most"""
    return [FailureGroup(*row) for row in db.rows(query, id=workflow_id, most=most)]


def failures_of_group(db: Connection, group: FailureGroup, most: int) -> list[Failure]:
    """Its newest."""
    query = f"""
        SELECT {_ALL} FROM failures WHERE fingerprint = :key AND workflow_id = :workflow AND task_id = :task
        ORDER BY at DESC LIMIT :most"""
    return _failures(db, query, key=group.fingerprint, workflow=group.workflow_id, task=group.task_id, most=most)


def passed_on_retry(db: Connection, keys: Collection[AttemptKey]) -> dict[AttemptKey, bool]:
    """Whether the next attempt succeeded, of those that had one that ended: in the same run, or in a retry of it."""
    found: dict[AttemptKey, bool] = {}
    nexts = [(key.run_id, key.task_id, key.number + 1) for key in keys]
    query = "SELECT run_id, task_id, number, state FROM attempts WHERE (run_id, task_id, number) IN :nexts"
    for run_id, task_id, number, state in db.rows(query, nexts=nexts) if nexts else ():
        if state in ("succeeded", *_FAILED):
            found[AttemptKey(run_id, task_id, number - 1)] = state == "succeeded"
    last = {(key.run_id, key.task_id): key for key in sorted(keys) if key not in found}
    retries = """
        SELECT runs.retry_of, task_runs.task_id, task_runs.state FROM runs
        JOIN task_runs ON task_runs.run_id = runs.id
        WHERE runs.retry_of IN :ids AND task_runs.state IN :ended ORDER BY runs.queued_at DESC"""
    ids = sorted({run_id for run_id, _ in last})
    for origin, task_id, state in db.rows(retries, ids=ids, ended=["succeeded", "failed"]) if ids else ():
        if (key := last.get((origin, task_id))) is not None:
            found[key] = state == "succeeded"  # the first retry is the last to be read
    return found


def add_note(db: Connection, fingerprint: str, workflow_id: str, note: Note) -> None:
    values = {
        "fingerprint": fingerprint,
        "workflow_id": workflow_id,
        "text": note.text,
        "by_name": note.by,
        "at": note.at,
    }
    db.run(tables.failure_notes.insert(tuple(values)), **values)


def newest_notes(db: Connection, fingerprints: Collection[str]) -> dict[str, Note]:
    """The newest note of each of the failures that has one."""
    query = "SELECT fingerprint, text, by_name, at FROM failure_notes WHERE fingerprint IN :keys ORDER BY at, id"
    return {row[0]: Note(row[1], row[2], row[3]) for row in db.rows(query, keys=fingerprints)} if fingerprints else {}
