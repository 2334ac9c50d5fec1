"""Backfills as people see them, and what is at the times of a new one. Read only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.backfill import Backfill
from workflow_scheduler.domain.run import RunState

from .backfills import BACKFILL_COLUMNS, readable_backfills
from .present_backfills import UNFINISHED
from .sql import Connection

__all__ = ["Moment", "claimed_fires", "fire_counts", "list_backfills", "list_moments", "recent_ids", "runs_at"]


def list_backfills(
    db: Connection, workflow_id: str | None, most: int | None, *, unfinished: bool = False
) -> list[Backfill]:
    """The newest first; all, those of a workflow, or those that have not ended."""
    conditions = [
        *(["workflow_id = :workflow_id"] if workflow_id is not None else []),
        *([UNFINISHED] if unfinished else []),
    ]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    values = {} if workflow_id is None else {"workflow_id": workflow_id}
    query = f"SELECT {BACKFILL_COLUMNS} FROM backfills {where} ORDER BY created_at DESC, id DESC LIMIT :most"
    return [backfill for backfill, _ in readable_backfills(db.rows(query, most=db.limit(most), **values))]


def recent_ids(db: Connection, most: int) -> list[tuple[str, str]]:
    """ID and workflow of the newest backfills, newest first."""
    query = "SELECT id, workflow_id FROM backfills ORDER BY created_at DESC, id DESC LIMIT :most"
    return [(row[0], row[1]) for row in db.rows(query, most=most)]


def fire_counts(db: Connection, ids: Collection[str]) -> dict[str, dict[str, int]]:
    """For each backfill, the number of its times by the state of their run; `left` have none, `deleted` had one."""
    query = """
        SELECT backfill_fires.backfill_id,
            coalesce(runs.state, CASE WHEN run_id IS NULL THEN 'left' ELSE 'deleted' END) AS outcome, count(*)
        FROM backfill_fires LEFT JOIN runs ON runs.id = backfill_fires.run_id
        WHERE backfill_fires.backfill_id IN :ids GROUP BY backfill_fires.backfill_id, outcome"""
    counts: dict[str, dict[str, int]] = {name: {} for name in ids}
    for row in db.rows(query, ids=ids):
        counts[row[0]][row[1]] = row[2]
    return counts


class Moment(NamedTuple):
    """A time of a backfill with its run; `state` is None without one, or if it was deleted."""

    position: int
    schedule_id: str
    nominal: datetime
    run_id: str | None
    state: RunState | None
    reason: str
    started_at: datetime | None
    finished_at: datetime | None


def list_moments(db: Connection, backfill_id: str, most: int | None, after: int = -1) -> list[Moment]:
    """Its times after that position, in the order in which they are run."""
    query = """
        SELECT position, backfill_fires.schedule_id, backfill_fires.nominal_utc, run_id, runs.state,
            coalesce(runs.reason, '') AS reason, runs.started_at, runs.finished_at
        FROM backfill_fires LEFT JOIN runs ON runs.id = run_id
        WHERE backfill_fires.backfill_id = :id AND position > :after ORDER BY position LIMIT :most"""
    rows = db.rows(query, id=backfill_id, after=after, most=db.limit(most))
    return [Moment(*row)._replace(state=RunState(row.state) if row.state else None) for row in rows]


def claimed_fires(db: Connection, schedules: Collection[str]) -> dict[tuple[str, datetime], str]:
    """The times of these schedules that an unfinished backfill has, each with that backfill."""
    query = f"""
        SELECT schedule_id, nominal_utc, backfill_id FROM backfill_fires
        JOIN backfills ON backfills.id = backfill_id WHERE {UNFINISHED} AND schedule_id IN :schedules"""
    return {(row[0], row[1]): row[2] for row in db.rows(query, schedules=schedules)}


def runs_at(
    db: Connection, workflow_id: str, schedules: Collection[str], start: datetime, end: datetime, queued_from: datetime
) -> Mapping[tuple[str, datetime], tuple[str, RunState]]:
    """The last run of each time of these schedules in the span, with its state, among those queued since then."""
    query = """
        SELECT schedule_id, nominal_utc, id, state FROM runs
        WHERE workflow_id = :workflow_id AND queued_at >= :queued_from AND nominal_utc >= :start
            AND nominal_utc <= :end AND schedule_id IN :schedules ORDER BY queued_at, id"""
    values = {"workflow_id": workflow_id, "schedules": schedules, "start": start, "end": end}
    rows = db.rows(query, queued_from=queued_from, **values)
    return {(row[0], row[1]): (row[2], RunState(row[3])) for row in rows}
