"""Events: an append-only record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from workflow_scheduler.domain.events import Event

from .prepared import Prepared
from .tables import events

__all__ = ["events_after", "moments_of", "newest_event", "record_events"]

_FIELDS = ("at", "kind", "workflow_id", "run_id", "task_id", "attempt", "schedule_id", "reason")


_IN_ORDER = select(func.pg_advisory_xact_lock(7_351_404))
_RECORD = Prepared(insert(events), _FIELDS)


def record_events(db: Connection, new: Collection[Event]) -> None:
    """Append the events, in the transaction of the changes that they tell of."""
    if new:
        if db.dialect.name == "postgresql":
            # Who reads on from a number must not find a smaller one later: they are committed in their order.
            db.execute(_IN_ORDER)
        _RECORD.execute(db, [{name: getattr(event, name) for name in _FIELDS} for event in new])


def moments_of(db: Connection, run_id: str, kind: str) -> dict[tuple[str | None, int | None], datetime]:
    """When something happened to each attempt of a run, by task and number."""
    query = select(events.c.task_id, events.c.attempt, events.c.at).where(
        events.c.run_id == run_id, events.c.kind == kind
    )
    return {(row.task_id, row.attempt): row.at for row in db.execute(query)}


def events_after(db: Connection, seq: int, most: int) -> list[tuple[int, Event]]:
    """The next events behind that number, oldest first, each with its own."""
    query = select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(most)
    return [(row.seq, Event(**{name: getattr(row, name) for name in _FIELDS})) for row in db.execute(query)]


def newest_event(db: Connection) -> int:
    """The number of the newest event; 0 if there is none."""
    return int(db.execute(select(func.max(events.c.seq))).scalar() or 0)
