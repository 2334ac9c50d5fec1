"""Runs as people see them: lists, counts and times. Read only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from workflow_scheduler.domain.run import Run, RunState

from .runs import OPEN_RUNS, RUN_COLUMNS, run_from
from .sql import Connection

__all__ = [
    "ended_badly",
    "hour_counts",
    "last_runs",
    "list_runs",
    "past_seconds",
    "run_counts",
    "running_runs",
    "runs_like",
    "scheduled_runs",
    "state_counts",
    "task_counts",
    "timings",
]

_LONGEST = timedelta(days=7)
_RUNS = f"SELECT {RUN_COLUMNS} FROM runs"


def list_runs(
    db: Connection,
    *,
    limit: int | None,
    workflow_id: str | None = None,
    schedule_id: str | None = None,
    backfill_id: str | None = None,
    state: RunState | None = None,
    since: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    like: str | None = None,
) -> list[Run]:
    """The newest runs first. `before`: the queueing time and ID of a run; only runs after it in the list. `like`: a
    part of the ID, workflow or reason."""
    conditions: dict[str, dict[str, Any]] = {}
    if workflow_id is not None:
        conditions["workflow_id = :workflow_id"] = {"workflow_id": workflow_id}
    if schedule_id is not None:
        conditions["schedule_id = :schedule_id"] = {"schedule_id": schedule_id}
    if backfill_id is not None:
        conditions["backfill_id = :backfill_id"] = {"backfill_id": backfill_id}
    if state is not None:
        conditions["state = :state"] = {"state": state.value}
    if since is not None:
        conditions["queued_at >= :since"] = {"since": since}
    if before is not None:
        conditions["(queued_at, id) < (:before, :before_id)"] = {"before": before[0], "before_id": before[1]}
    if like is not None:
        parts = (f"lower({column}) LIKE lower(:part) ESCAPE '\\'" for column in ("id", "workflow_id", "reason"))
        conditions[f"({' OR '.join(parts)})"] = {"part": f"%{_escaped(like)}%"}
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    values = {name: value for condition in conditions.values() for name, value in condition.items()}
    query = f"{_RUNS} {where} ORDER BY queued_at DESC, id DESC LIMIT :limit"
    return [run_from(row) for row in db.rows(query, limit=db.limit(limit), **values)]


def runs_like(db: Connection, part: str, most: int, among: int) -> list[str]:
    """Up to `most` IDs that contain the text, newest first, of the newest `among` runs."""
    query = """
        SELECT id FROM (SELECT id, queued_at FROM runs ORDER BY queued_at DESC, id DESC LIMIT :among) AS newest
        WHERE id LIKE :part ESCAPE '\\' ORDER BY queued_at DESC, id DESC LIMIT :most"""
    return db.column(query, part=f"%{_escaped(part)}%", most=most, among=among)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def last_runs(db: Connection, workflow_id: str, most: int) -> list[Run]:
    """The last runs of a workflow, oldest first."""
    query = f"{_RUNS} WHERE workflow_id = :workflow_id ORDER BY queued_at DESC LIMIT :most"
    return [run_from(row) for row in db.rows(query, workflow_id=workflow_id, most=most)][::-1]


def running_runs(db: Connection, most: int) -> list[Run]:
    """The runs in progress, the longest running first."""
    query = f"{_RUNS} WHERE {OPEN_RUNS} AND state = 'running' ORDER BY queued_at LIMIT :most"
    return [run_from(row) for row in db.rows(query, most=most)]


def ended_badly(db: Connection, since: datetime, most: int) -> list[Run]:
    """The runs that have failed or ended with an unknown result since the time, newest first, if they were queued at
    most a week before it."""
    query = f"""
        {_RUNS} WHERE state = :state AND queued_at >= :earliest AND finished_at >= :since
        ORDER BY queued_at DESC LIMIT :most"""
    runs: list[Run] = []
    for state in ("failed", "unknown"):
        rows = db.rows(query, state=state, earliest=since - _LONGEST, since=since, most=most)
        runs += [run_from(row) for row in rows]
    return sorted(runs, key=lambda run: run.queued_at, reverse=True)[:most]


def task_counts(db: Connection, run_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """For each run that has begun, the number of its tasks that have ended, and of all."""
    query = """
        SELECT run_id, sum(CASE WHEN state IN ('pending', 'running', 'waiting') THEN 0 ELSE 1 END), count(*)
        FROM task_runs WHERE run_id IN :run_ids GROUP BY run_id"""
    return {row[0]: (int(row[1]), row[2]) for row in db.rows(query, run_ids=run_ids)}


def run_counts(db: Connection) -> dict[str, int]:
    """The numbers of queued and running runs."""
    return {row[0]: row[1] for row in db.rows(f"SELECT state, count(*) FROM runs WHERE {OPEN_RUNS} GROUP BY state")}


def state_counts(db: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """The number of runs queued in that time, by state."""
    query = "SELECT state, count(*) FROM runs WHERE queued_at >= :start AND queued_at < :end GROUP BY state"
    return {row[0]: row[1] for row in db.rows(query, start=start, end=end)}


def hour_counts(db: Connection, start: datetime) -> dict[tuple[str, str], int]:
    """The number of runs queued since then, by UTC hour (such as `2026-11-24 01`) and state."""
    query = f"""
        SELECT {db.hour_of("queued_at")} AS hour, state, count(*) FROM runs WHERE queued_at >= :start
        GROUP BY hour, state"""
    return {(row[0], row[1]): row[2] for row in db.rows(query, start=start)}


def past_seconds(db: Connection, workflow_id: str, most: int = 10) -> list[float]:
    """The durations in seconds of the last successful runs, newest first, among its last fifty."""
    # Asked for the successful ones, SQLite would look through those of all workflows.
    query = """
        SELECT state, started_at, finished_at FROM runs WHERE workflow_id = :workflow_id
        ORDER BY queued_at DESC LIMIT 50"""
    rows = db.rows(query, workflow_id=workflow_id)
    succeeded = [row for row in rows if row.state == "succeeded" and row.started_at and row.finished_at]
    return [(row.finished_at - row.started_at).total_seconds() for row in succeeded[:most]]


def timings(
    db: Connection, since: datetime, most: int
) -> list[tuple[datetime | None, datetime | None, datetime | None]]:
    """When the last runs were due, started and finished; up to `most`, newest first."""
    query = """
        SELECT coalesce(due_utc, nominal_utc) AS due_utc, started_at, finished_at FROM runs WHERE queued_at >= :since
        ORDER BY queued_at DESC LIMIT :most"""
    return [(row[0], row[1], row[2]) for row in db.rows(query, since=since, most=most)]


def scheduled_runs(
    db: Connection, start: datetime, end: datetime, until: datetime, most: int, without: Collection[str] = ()
) -> list[Run]:
    """The runs that were due in that time, if they were queued before `until`, in order, without those of the given
    schedules."""
    query = f"""
        {_RUNS} WHERE queued_at >= :start AND queued_at < :until AND nominal_utc >= :start AND nominal_utc < :end
            AND schedule_id NOT IN :without
        ORDER BY queued_at LIMIT :most"""
    return [run_from(row) for row in db.rows(query, start=start, end=end, until=until, without=without, most=most)]
