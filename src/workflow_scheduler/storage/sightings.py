"""What commands did when they took too long: one row for each attempt and occasion."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from workflow_scheduler.domain.run import AttemptKey

from . import tables
from .sql import Connection

__all__ = ["LONG", "TIMEOUT", "Sighting", "add_sightings", "last_success", "sightings_of"]

LONG, TIMEOUT = "long", "timeout"
"""It took longer than its deadline; its time limit was about to end it."""
_ADD = f"{tables.sightings.insert()} ON CONFLICT DO NOTHING"
_OLDER = 200
"""Runs among which the last success of a task is looked for."""


class Sighting(NamedTuple):
    """`seen`: facts of one look, as `domain.running` reads them."""

    key: AttemptKey
    occasion: str
    at: datetime
    seen: Mapping[str, Any]


def add_sightings(db: Connection, new: Collection[Sighting]) -> None:
    rows = [(*sighting.key, sighting.occasion, sighting.at, sighting.seen) for sighting in new]
    if rows:
        db.run_each(_ADD, rows)


def sightings_of(db: Connection, run_id: str) -> list[Sighting]:
    query = "SELECT * FROM sightings WHERE run_id = :id ORDER BY at, task_id, number, occasion"
    return [
        Sighting(AttemptKey(row.run_id, row.task_id, row.number), row.occasion, row.at, row.seen)
        for row in db.rows(query, id=run_id)
    ]


def last_success(
    db: Connection, workflow_id: str, task_id: str, before: datetime
) -> tuple[AttemptKey, datetime] | None:
    """The newest successful attempt of the task in runs queued before that time, with its start; among the last of these runs."""
    query = """
        SELECT attempts.run_id, attempts.task_id, attempts.number, attempts.started_at
        FROM (
            SELECT id, queued_at FROM runs WHERE workflow_id = :workflow AND queued_at < :before
            ORDER BY queued_at DESC LIMIT :most
        ) AS older
        JOIN attempts ON attempts.run_id = older.id
        WHERE attempts.task_id = :task AND attempts.state = 'succeeded' AND attempts.started_at IS NOT NULL
        ORDER BY older.queued_at DESC, attempts.number DESC LIMIT 1"""
    row = db.row(query, workflow=workflow_id, before=before, task=task_id, most=_OLDER)
    return None if row is None else (AttemptKey(row.run_id, row.task_id, row.number), row.started_at)
