"""What became of a span of time: runs by their results, retries, and what succeeded only after a retry. Read only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .sql import Connection

__all__ = ["LONGEST", "RetriedTask", "first_runs", "made_good", "retried_tasks", "times_retried", "unusual_outputs"]

LONGEST = timedelta(days=1)
"""How long before the span a run may have been queued that was still in progress in it."""
# The first run of a fire: its retries are about the same due time, and those of a backfill about others.
_FIRST_RUNS = """
    SELECT schedule_id IS NOT NULL AS scheduled, state, count(*) AS number FROM runs
    WHERE queued_at >= :earliest AND queued_at < :end AND backfill_id IS NULL AND retry_of IS NULL
        AND (queued_at >= :start OR finished_at IS NULL OR finished_at >= :start)
    GROUP BY schedule_id IS NOT NULL, state"""


def first_runs(db: Connection, start: datetime, end: datetime) -> dict[tuple[bool, str], int]:
    """The number of runs queued or in progress in the span, by whether a schedule asked for them, and by state. Without
    retries and backfills."""
    rows = db.rows(_FIRST_RUNS, earliest=start - LONGEST, start=start, end=end)
    return {(bool(row[0]), row[1]): row[2] for row in rows}


def made_good(db: Connection, run_ids: Iterable[str], start: datetime) -> dict[str, str]:
    """Those of the runs, queued since `start`, that a retry of theirs, or a retry of that, has made good, each with the run
    that succeeded."""
    wanted = set(run_ids)
    if not wanted:
        return {}
    # Oldest first: the origin of a retry is known before a retry of it comes.
    query = (
        "SELECT id, retry_of, state FROM runs WHERE queued_at >= :start AND retry_of IS NOT NULL ORDER BY queued_at, id"
    )
    origins: dict[str, str] = {}
    found: dict[str, str] = {}
    for row in db.rows(query, start=start):
        origin = origins.get(row.retry_of, row.retry_of)
        if origin in wanted:
            origins[row.id] = origin
            if row.state == "succeeded":
                found[origin] = row.id
    return found


def unusual_outputs(db: Connection, start: datetime, end: datetime, most: int) -> list[Any]:
    """Events about unusual output files in the span, the newest first."""
    query = """
        SELECT at, workflow_id, run_id, task_id, reason FROM events
        WHERE kind = 'output.unusual' AND at >= :start AND at < :end ORDER BY at DESC LIMIT :most"""
    return db.rows(query, start=start, end=end, most=most)


class RetriedTask(NamedTuple):
    """A task that succeeded only after a retry, and in how many runs."""

    workflow_id: str
    task_id: str
    runs: int
    attempts: int


# CROSS JOIN: SQLite then reads the runs of the span first.
_RETRIED = """
    SELECT runs.workflow_id, task_runs.task_id, count(*) AS number, max(task_runs.attempts) AS attempts
    FROM runs CROSS JOIN task_runs
    WHERE runs.queued_at >= :start AND runs.queued_at < :end {of} AND task_runs.run_id = runs.id
        AND task_runs.attempts > 1 AND task_runs.state = 'succeeded'
    GROUP BY runs.workflow_id, task_runs.task_id ORDER BY number DESC, runs.workflow_id, task_runs.task_id LIMIT :most"""


def retried_tasks(db: Connection, start: datetime, end: datetime, most: int) -> list[RetriedTask]:
    """The tasks that succeeded only after a retry, in runs queued in the span; the most frequent first."""
    return [RetriedTask(*row) for row in db.rows(_RETRIED.format(of=""), start=start, end=end, most=most)]


def times_retried(
    db: Connection, workflow_ids: Collection[str], start: datetime, end: datetime
) -> dict[tuple[str, str], int]:
    """For these workflows, in how many runs each task succeeded only after a retry."""
    query = _RETRIED.format(of="AND runs.workflow_id IN :ids")
    rows = db.rows(query, start=start, end=end, ids=workflow_ids, most=1000) if workflow_ids else []
    return {(row[0], row[1]): row[2] for row in rows}
