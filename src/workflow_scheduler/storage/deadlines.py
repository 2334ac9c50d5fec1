"""Deadlines of fires and runs: a row each, which is open until the engine has judged it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from workflow_scheduler.domain.deadline import Deadline, DeadlineKind, DeadlineState

from . import tables
from .runs import OPEN_RUNS
from .sql import Connection, values_for

__all__ = [
    "NEXT_DEADLINE",
    "add_deadlines",
    "deadline_from",
    "drop_deadlines",
    "drop_success_watches",
    "due_deadlines",
    "last_success",
    "look_at",
    "look_at_runs",
    "next_deadline",
    "set_success_watch",
    "update_deadlines",
]

_COLUMNS = ", ".join(tables.deadlines.columns)
_ADD = f"{tables.deadlines.insert(tables.deadlines.columns[1:])} ON CONFLICT DO NOTHING"
_SCHEDULE_MOST = 2_000
"""Rows of one batch, however many schedules it has."""


def add_deadlines(db: Connection, new: Collection[Deadline]) -> None:
    """Insert them; of a fire that has its deadlines already, they stay."""
    db.run_each(_ADD, [_values(deadline) for deadline in new])


def _values(deadline: Deadline) -> tuple[Any, ...]:
    """In the order of the columns, without the number."""
    return (
        *(deadline.kind.value, deadline.state.value, deadline.workflow_id, deadline.schedule_id, deadline.nominal),
        *(deadline.run_id, deadline.task_id, deadline.due, deadline.look, deadline.timezone, deadline.count),
        *(deadline.seconds, deadline.reason),
    )


def deadline_from(row: Any) -> Deadline:
    return Deadline(
        kind=DeadlineKind(row.kind),
        workflow_id=row.workflow_id,
        due=row.due_utc,
        look=row.look_utc,
        state=DeadlineState(row.state),
        schedule_id=row.schedule_id,
        nominal=row.nominal_utc,
        run_id=row.run_id,
        task_id=row.task_id,
        timezone=row.timezone,
        count=row.count,
        seconds=row.seconds,
        reason=row.reason,
        seq=row.seq,
    )


def next_deadline(db: Connection) -> datetime | None:
    """When the next deadline has to be judged."""
    return db.value(NEXT_DEADLINE)


NEXT_DEADLINE = "SELECT look_utc FROM deadlines WHERE look_utc IS NOT NULL ORDER BY look_utc LIMIT 1"
_DUE = f"SELECT {_COLUMNS} FROM deadlines WHERE look_utc <= :now"


def due_deadlines(db: Connection, now: datetime, most: int) -> list[Deadline]:
    """The `most` that have to be judged first, with all others of the same schedules; locked for this transaction."""
    locked = "/*postgresql FOR UPDATE SKIP LOCKED*/"
    first = [
        deadline_from(row) for row in db.rows(f"{_DUE} ORDER BY look_utc, seq LIMIT :most {locked}", now=now, most=most)
    ]
    if len(first) < most:
        return first
    schedules = {deadline.schedule_id for deadline in first if deadline.schedule_id is not None}
    query = f"{_DUE} AND schedule_id IN :schedules ORDER BY look_utc, seq LIMIT :most {locked}"
    more = [deadline_from(row) for row in db.rows(query, now=now, schedules=schedules, most=_SCHEDULE_MOST)]
    return list({deadline.seq: deadline for deadline in (*first, *more)}.values())


_UPDATE = """
    UPDATE deadlines
    SET state = :state, due_utc = :due, look_utc = :look, nominal_utc = :nominal, seconds = :seconds, reason = :reason
    WHERE seq = :seq AND look_utc IS NOT NULL"""
_update_values = values_for(_UPDATE, {})


def update_deadlines(db: Connection, judged: Iterable[Deadline]) -> int:
    """Write what came of those that were not decided. Returns the number of changed rows."""
    return db.run_each(_UPDATE, [_update_values(deadline) for deadline in judged])


def look_at(db: Connection, numbers: Collection[int], now: datetime) -> None:
    """Have these judged again at once, if they are open."""
    query = "UPDATE deadlines SET look_utc = :now WHERE seq IN :numbers AND state = 'open' AND look_utc IS NOT NULL"
    db.run(query, now=now, numbers=numbers)


def look_at_runs(db: Connection, now: datetime) -> None:
    """Have every open `finish_by` of a run judged again at once."""
    query = """
        UPDATE deadlines SET look_utc = :now
        WHERE look_utc > :now AND state = 'open' AND kind = 'finish_by' AND run_id IS NOT NULL AND task_id = ''"""
    db.run(query, now=now)


_WATCH = "kind = 'no_success_for' AND look_utc IS NOT NULL"


def set_success_watch(
    db: Connection,
    workflow_id: str,
    schedule_id: str | None,
    seconds: float | None,
    now: datetime,
    timezone: str = "UTC",
) -> None:
    """Watch from now on whether a workflow, or its schedule, succeeds within that time; None: no longer. What is watched
    already goes on."""
    where = f"{_WATCH} AND workflow_id = :workflow AND coalesce(schedule_id, '') = :schedule"
    names: Mapping[str, Any] = {"workflow": workflow_id, "schedule": schedule_id or ""}
    known = db.column(f"SELECT seconds FROM deadlines WHERE {where}", **names)
    if known == ([] if seconds is None else [seconds]):
        return
    db.run(f"DELETE FROM deadlines WHERE {where}", **names)
    if seconds is not None:
        watch = Deadline(
            DeadlineKind.NO_SUCCESS_FOR,
            workflow_id,
            now + timedelta(seconds=seconds),
            now + timedelta(seconds=seconds),
            schedule_id=schedule_id,
            nominal=now,
            timezone=timezone,
            seconds=seconds,
        )
        add_deadlines(db, [watch])


def drop_success_watches(db: Connection, workflow_id: str | None = None, schedule_id: str | None = None) -> None:
    """Of a workflow and its schedules, or of one schedule."""
    column, name = ("workflow_id", workflow_id) if schedule_id is None else ("schedule_id", schedule_id)
    db.run(f"DELETE FROM deadlines WHERE {_WATCH} AND {column} = :name", name=name)


def drop_deadlines(db: Connection, workflow_id: str) -> None:
    """Of a workflow that is deleted: its watches, and what is open, except of runs in progress, which continue."""
    drop_success_watches(db, workflow_id)
    query = f"""
        UPDATE deadlines SET state = 'void', look_utc = NULL, reason = 'its workflow was deleted'
        WHERE workflow_id = :id AND look_utc IS NOT NULL
            AND (run_id IS NULL OR run_id NOT IN (SELECT id FROM runs WHERE {OPEN_RUNS}))"""
    db.run(query, id=workflow_id)


def last_success(db: Connection, workflow_id: str, schedule_id: str | None) -> datetime | None:
    """When a run of the workflow, or of its schedule, succeeded last."""
    of_schedule = "AND schedule_id = :schedule" if schedule_id else ""
    # The state is joined to nothing, or SQLite would look through the successful runs of all workflows.
    query = f"""
        SELECT finished_at FROM runs WHERE workflow_id = :workflow AND state || '' = 'succeeded' {of_schedule}
        ORDER BY queued_at DESC LIMIT 1"""
    return db.value(query, workflow=workflow_id, schedule=schedule_id)
