"""How long attempts took. Read only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .sql import Connection

__all__ = ["AttemptSpan", "LongRun", "long_runs", "succeeded_runs", "succeeded_spans"]


class AttemptSpan(NamedTuple):
    task_id: str
    started_at: datetime
    finished_at: datetime


_SPANS = """
    SELECT task_id, started_at, finished_at FROM (
        SELECT attempts.task_id, attempts.started_at, attempts.finished_at,
            row_number() OVER (PARTITION BY attempts.task_id ORDER BY attempts.run_id DESC, attempts.number DESC) AS place
        FROM (SELECT id FROM runs WHERE workflow_id = :id ORDER BY queued_at DESC LIMIT :runs) AS newest
        JOIN attempts ON attempts.run_id = newest.id
        WHERE attempts.state = 'succeeded' AND attempts.started_at IS NOT NULL
    ) AS spans WHERE place <= :most"""


def succeeded_spans(db: Connection, workflow_id: str, most: int, runs: int) -> list[AttemptSpan]:
    """The latest attempts of each task that succeeded, at most `most` of each and of the last `runs` runs."""
    return [AttemptSpan(*row) for row in db.rows(_SPANS, id=workflow_id, most=most, runs=runs)]


# Asked for the successful ones, SQLite would look through those of all workflows.
_RUNS = """
    SELECT state, started_at, finished_at, retry_of FROM runs WHERE workflow_id = :id
    ORDER BY queued_at DESC LIMIT :most"""


def succeeded_runs(db: Connection, workflow_id: str, most: int) -> list[tuple[datetime, datetime]]:
    """When those of the latest runs that succeeded started and finished, newest first; without retries, which leave out
    tasks."""
    return [
        (row.started_at, row.finished_at)
        for row in db.rows(_RUNS, id=workflow_id, most=most)
        if row.state == "succeeded" and row.started_at and row.retry_of is None
    ]


class LongRun(NamedTuple):
    workflow_id: str
    id: str
    started_at: datetime
    timezone: str
    seconds: float


# Of the runs of the span, not of all; times are compared only there.
_LONG = """
    SELECT workflow_id, id, started_at, timezone, seconds FROM (
        SELECT workflow_id, id, started_at, timezone, seconds,
            row_number() OVER (PARTITION BY workflow_id ORDER BY seconds DESC, id) AS place
        FROM (
            SELECT workflow_id, id, started_at, coalesce(timezone, 'UTC') AS timezone, {seconds} AS seconds FROM runs
            WHERE queued_at >= :start AND queued_at < :end AND state = 'succeeded' AND retry_of IS NULL
                AND started_at IS NOT NULL
        ) AS timed WHERE seconds >= :shortest
    ) AS placed WHERE place = 1 ORDER BY seconds DESC LIMIT :most"""


def long_runs(db: Connection, start: datetime, end: datetime, shortest: float, most: int) -> list[LongRun]:
    """Of the runs queued in the span that succeeded: the longest of each workflow, if it took `shortest` seconds; the
    longest first."""
    query = _LONG.format(seconds=db.seconds_between("started_at", "finished_at"))
    rows = db.rows(query, start=start, end=end, shortest=shortest, most=most)
    return [LongRun(row[0], row[1], row[2], row[3], float(row[4])) for row in rows]
