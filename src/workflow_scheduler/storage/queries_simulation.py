"""What an engine did on a scratch database, from its first row to its last. Read only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Run

from .runs import RUN_COLUMNS, run_from
from .sql import Connection

__all__ = [
    "FireWithoutRun",
    "TaskSpan",
    "fire_count",
    "fires_without_run",
    "missed_deadlines",
    "task_spans",
    "waiting_since",
    "walk_runs",
]

_SIZE = 500


class TaskSpan(NamedTuple):
    """`started_at`: of its first attempt that has ended."""

    run_id: str
    id: str
    state: str
    reason: str
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class FireWithoutRun:
    schedule_id: str
    nominal_utc: datetime
    due_utc: datetime
    until_utc: datetime | None
    count: int
    disposition: str
    reason: str


def walk_runs(db: Connection) -> Iterator[Run]:
    """All runs, by the time they were due."""
    query = f"SELECT {RUN_COLUMNS} FROM runs ORDER BY coalesce(due_utc, nominal_utc, queued_at), workflow_id, id"
    return map(run_from, db.walk(query, _SIZE))


def waiting_since(db: Connection, now: datetime) -> list[Run]:
    """The runs that were queued at this time and still wait."""
    query = f"SELECT {RUN_COLUMNS} FROM runs WHERE finished_at IS NULL AND state = 'queued' AND queued_at = :now"
    return [run_from(row) for row in db.rows(query, now=now)]


_TASKS = """
    SELECT run_id, task_id, state, reason, attempts,
        (SELECT min(started_at) FROM attempts
            WHERE attempts.run_id = task_runs.run_id AND attempts.task_id = task_runs.task_id) AS started_at, finished_at
    FROM task_runs WHERE run_id IN :ids ORDER BY run_id, position"""


def task_spans(db: Connection, run_ids: Collection[str]) -> dict[str, list[TaskSpan]]:
    """The tasks of each of the runs, in order."""
    names, found = list(run_ids), {run_id: list[TaskSpan]() for run_id in run_ids}
    for at in range(0, len(names), _SIZE):
        for row in db.rows(_TASKS, ids=names[at : at + _SIZE]):
            found[row.run_id].append(TaskSpan(*row))
    return found


def fires_without_run(db: Connection) -> Iterator[FireWithoutRun]:
    """In the order of their nominal times."""
    query = """
        SELECT schedule_id, nominal_utc, coalesce(due_utc, nominal_utc) AS due_utc, until_utc, count, disposition, reason
        FROM fires WHERE run_id IS NULL ORDER BY nominal_utc, schedule_id"""
    return (FireWithoutRun(*row) for row in db.walk(query, _SIZE))


def missed_deadlines(db: Connection) -> dict[str, list[str]]:
    """For each run, a sentence about each deadline that it missed."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    query = "SELECT run_id, reason FROM deadlines WHERE state = 'missed' AND run_id IS NOT NULL ORDER BY due_utc, seq"
    for row in db.walk(query, _SIZE):
        found[row.run_id].append(row.reason)
    return found


def fire_count(db: Connection) -> int:
    return int(db.value("SELECT count(*) FROM fires") or 0)
