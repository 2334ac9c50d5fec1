"""Events: an append-only record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from workflow_scheduler.domain.events import Event

from . import tables
from .sql import Connection, values_for

__all__ = ["events_after", "moments_of", "newest_event", "record_events"]

_FIELDS = tables.events.columns[1:]
_RECORD = tables.events.insert(_FIELDS)
_values = values_for(_RECORD, {})


def record_events(db: Connection, new: Collection[Event]) -> None:
    """Append the events, in the transaction of their changes."""
    if new:
        # Who reads on from a number must not find a smaller one later: they are committed in their order.
        db.one_at_a_time(7_351_404)
        db.run_each(_RECORD, [_values(event) for event in new])


def moments_of(db: Connection, run_id: str, kind: str) -> dict[tuple[str | None, int | None], datetime]:
    """The times of what happened to each attempt of a run, by task and number."""
    query = "SELECT task_id, attempt, at FROM events WHERE run_id = :run_id AND kind = :kind"
    return {(row.task_id, row.attempt): row.at for row in db.rows(query, run_id=run_id, kind=kind)}


def events_after(db: Connection, seq: int, most: int) -> list[tuple[int, Event]]:
    """The next events after that number, oldest first, each with its number."""
    query = f"SELECT seq, {', '.join(_FIELDS)} FROM events WHERE seq > :seq ORDER BY seq LIMIT :most"
    return [(row[0], Event(*row[1:])) for row in db.rows(query, seq=seq, most=most)]


def newest_event(db: Connection) -> int:
    """The number of the newest event; 0 if there is none."""
    return int(db.value("SELECT max(seq) FROM events") or 0)
