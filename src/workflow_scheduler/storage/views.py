"""What people look at: read-only queries over everything. Nothing is written from here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal, or_, select, tuple_

from workflow_scheduler.domain.run import Attempt, Run, RunState, TaskRun

from .runs import attempt_from, run_from, task_run_from
from .tables import OPEN_RUNS, UtcDateTime, attempts, runs, schedules, task_runs, workflow_versions, workflows

__all__ = [
    "WorkflowRow",
    "list_runs",
    "list_workflows",
    "next_schedules",
    "past_seconds",
    "run_counts",
    "runs_like",
    "schedules_to_come",
    "task_history",
    "walk_workflows",
]

WorkflowRow = tuple[str, int, dict[str, Any], str | None, datetime | None]
"""Identifier, version, stored definition, state of the last run, next due moment."""


def list_workflows(db: Connection) -> list[WorkflowRow]:
    """Every workflow, by name."""
    return list(walk_workflows(db))


def walk_workflows(db: Connection, after: str = "") -> Iterator[WorkflowRow]:
    """The workflows behind that name, by name; no more are read than are taken."""
    last = (
        select(runs.c.state)
        .where(runs.c.workflow_id == workflows.c.id)
        .order_by(runs.c.queued_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    due = select(func.min(schedules.c.next_due_utc)).where(schedules.c.workflow_id == workflows.c.id).scalar_subquery()
    query = (
        select(workflows.c.id, workflows.c.version, workflow_versions.c.definition, last, due)
        .join(
            workflow_versions,
            (workflow_versions.c.workflow_id == workflows.c.id) & (workflow_versions.c.version == workflows.c.version),
        )
        .where(workflows.c.id > after)
        .order_by(workflows.c.id)
        .execution_options(yield_per=200)
    )
    with db.execute(query) as rows:
        for row in rows:
            yield row[0], row[1], row[2], row[3], row[4]


def list_runs(
    db: Connection,
    *,
    limit: int | None,
    workflow_id: str | None = None,
    schedule_id: str | None = None,
    state: RunState | None = None,
    since: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    like: str | None = None,
) -> list[Run]:
    """The newest runs first. `before`: when one was queued, and its identifier; only those behind it. `like`: a part of
    their identifier, workflow or reason."""
    query = select(runs).order_by(runs.c.queued_at.desc(), runs.c.id.desc()).limit(limit)
    for column, value in ((runs.c.workflow_id, workflow_id), (runs.c.schedule_id, schedule_id)):
        if value is not None:
            query = query.where(column == value)
    if state is not None:
        query = query.where(runs.c.state == state.value)
    if since is not None:
        query = query.where(runs.c.queued_at >= since)
    if before is not None:
        edge = tuple_(literal(before[0], UtcDateTime), literal(before[1]))
        query = query.where(tuple_(runs.c.queued_at, runs.c.id) < edge)
    if like is not None:
        pattern = f"%{_escaped(like)}%"
        columns = (runs.c.id, runs.c.workflow_id, runs.c.reason)
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    return [run_from(row) for row in db.execute(query)]


def runs_like(db: Connection, part: str, most: int, among: int) -> list[str]:
    """Up to `most` identifiers with the text in them, newest first, of the newest `among` runs."""
    newest = select(runs.c.id, runs.c.queued_at).order_by(runs.c.queued_at.desc(), runs.c.id.desc()).limit(among)
    rows = newest.subquery()
    query = select(rows.c.id).where(rows.c.id.like(f"%{_escaped(part)}%", escape="\\"))
    return list(db.execute(query.order_by(rows.c.queued_at.desc(), rows.c.id.desc()).limit(most)).scalars())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def task_history(db: Connection, run_id: str) -> list[tuple[TaskRun, list[Attempt]]]:
    """The task runs of a run in order, each with its attempts."""
    by_task: dict[str, list[Attempt]] = {}
    for row in db.execute(select(attempts).where(attempts.c.run_id == run_id).order_by(attempts.c.number)):
        by_task.setdefault(row.task_id, []).append(attempt_from(row))
    query = select(task_runs).where(task_runs.c.run_id == run_id).order_by(task_runs.c.position)
    return [(one, by_task.get(one.task_id, [])) for one in map(task_run_from, db.execute(query))]


def past_seconds(db: Connection, workflow_id: str, most: int = 10) -> list[float]:
    """How long the last successful runs took, newest first; looked for among its last fifty."""
    # Asked for the successful ones, SQLite would look through those of all workflows.
    query = (
        select(runs.c.state, runs.c.started_at, runs.c.finished_at)
        .where(runs.c.workflow_id == workflow_id)
        .order_by(runs.c.queued_at.desc())
        .limit(50)
    )
    succeeded = [row for row in db.execute(query) if row[0] == RunState.SUCCEEDED.value and row[1] and row[2]]
    return [(row[2] - row[1]).total_seconds() for row in succeeded[:most]]


def run_counts(db: Connection) -> dict[str, int]:
    """How many runs are queued and running."""
    query = select(runs.c.state, func.count()).where(OPEN_RUNS).group_by(runs.c.state)
    return {row[0]: row[1] for row in db.execute(query)}


def next_schedules(db: Connection, most: int) -> list[tuple[str, str, str, datetime]]:
    """Identifier, workflow, zone and moment of what is due next; what is paused is not due."""
    columns = schedules.c.id, schedules.c.workflow_id, schedules.c.timezone, schedules.c.next_due_utc
    query = select(*columns).where(schedules.c.next_due_utc.is_not(None))
    found = db.execute(query.order_by(schedules.c.next_due_utc, schedules.c.id).limit(most))
    return [(row[0], row[1], row[2], row[3]) for row in found]


def schedules_to_come(db: Connection) -> int:
    """How many schedules will be due again."""
    return int(db.execute(select(func.count(schedules.c.next_due_utc))).scalar_one())
