"""The outbox: messages that wait for their channel, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass

from . import tables
from .sql import Connection

__all__ = [
    "Delivery",
    "add_delivery",
    "claim",
    "count_by_state",
    "delete_deliveries",
    "due_deliveries",
    "find_delivery",
    "give_up",
    "last_told",
    "list_deliveries",
    "next_delivery",
    "open_digest",
    "release_claims",
    "requeue",
    "set_message",
    "settle_delivery",
]

_ALL = ", ".join(tables.deliveries.columns)
_ADD = tables.deliveries.insert()
_OPEN = "state IN ('queued', 'held')"
_LONGEST_HELD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one channel. `id`: also what a receiver knows a repeated one by. `state`: "queued", "held" until quiet
    hours end, "sent" or "failed". `due_at`: of the next try."""

    id: str
    channel: str
    state: str
    created_at: datetime
    due_at: datetime
    tries: int
    first_try_at: datetime | None
    sent_at: datetime | None
    error: str
    message: Mapping[str, Any]


def add_delivery(db: Connection, new: Delivery) -> None:
    db.run(_ADD, **{name: getattr(new, name) for name in tables.deliveries.columns})


def open_digest(db: Connection, channel: str, state: str, now: datetime) -> Delivery | None:
    """The message to the channel that is still to come, to which more can be added. No one sends it meanwhile."""
    query = f"""
        SELECT {_ALL} FROM deliveries
        WHERE channel = :channel AND state = :state AND tries = 0 AND due_at > :now
        ORDER BY created_at DESC LIMIT 1 /*postgresql FOR UPDATE*/"""
    row = db.row(query, channel=channel, state=state, now=now)
    return None if row is None else Delivery(*row)


def set_message(db: Connection, delivery_id: str, message: Mapping[str, Any]) -> None:
    db.run("UPDATE deliveries SET message = :message WHERE id = :id", id=delivery_id, message=dict(message))


def last_told(db: Connection, channel: str, now: datetime) -> datetime | None:
    """When the last message to the channel that is not held was first tried, or will be: not the newest, if that of quiet
    hours has just been sent."""
    query = """
        SELECT coalesce(first_try_at, due_at) AS last_at FROM deliveries
        WHERE channel = :channel AND state <> 'held' AND created_at > :after
        ORDER BY coalesce(first_try_at, due_at) DESC LIMIT 1"""
    row = db.row(query, channel=channel, after=now - _LONGEST_HELD)
    return None if row is None else row.last_at


def due_deliveries(db: Connection, now: datetime, most: int, but: Collection[str] = ()) -> list[Delivery]:
    """Messages to be sent now, the oldest first; none to the channels `but`."""
    query = f"""
        SELECT {_ALL} FROM deliveries WHERE {_OPEN} AND due_at <= :now AND channel NOT IN :but
        ORDER BY due_at LIMIT :most"""
    return [Delivery(*row) for row in db.rows(query, now=now, most=most, but=but)]


def next_delivery(db: Connection, but: Collection[str] = ()) -> datetime | None:
    """When the next message is due."""
    query = f"SELECT min(due_at) AS due_at FROM deliveries WHERE {_OPEN} AND channel NOT IN :but"
    row = db.row(query, but=but)
    return None if row is None else row.due_at


def claim(db: Connection, delivery: Delivery, now: datetime, until: datetime) -> bool:
    """Take a message for sending: no other process does until `until`. False if another process was first."""
    query = f"""
        UPDATE deliveries SET state = 'queued', tries = tries + 1, due_at = :until,
            first_try_at = coalesce(first_try_at, :now)
        WHERE id = :id AND tries = :tries AND due_at = :due AND {_OPEN}"""
    values = {"id": delivery.id, "tries": delivery.tries, "due": delivery.due_at}
    return bool(db.run(query, now=now, until=until, **values))


def settle_delivery(
    db: Connection, delivery_id: str, state: str, at: datetime, error: str, due_at: datetime | None = None
) -> None:
    """Record what became of a try: "sent", "failed", or "queued" again for `due_at`."""
    query = """
        UPDATE deliveries SET state = :state, error = :error, due_at = coalesce(:due, due_at),
            sent_at = coalesce(:sent, sent_at)
        WHERE id = :id AND state <> 'sent'"""
    db.run(query, id=delivery_id, state=state, sent=at if state == "sent" else None, error=error, due=due_at)


def requeue(db: Connection, ids: Collection[str] | None, now: datetime) -> int:
    """Try failed messages again now, these or all, for as long as new ones. Returns their number."""
    query = """
        UPDATE deliveries SET state = 'queued', due_at = :now, first_try_at = NULL
        WHERE (state = 'failed' OR (state = 'queued' AND tries > 0))"""
    if ids is None:
        return db.run(query, now=now)
    return db.run(f"{query} AND id IN :ids", now=now, ids=ids)


def release_claims(db: Connection, now: datetime) -> None:
    """Have messages tried again now that a process took which is gone."""
    db.run("UPDATE deliveries SET due_at = :now WHERE state = 'queued' AND tries > 0 AND due_at > :now", now=now)


def give_up(db: Connection, before: datetime, why: str) -> None:
    """Send nothing of what waits from before that time, unless somebody asks for it."""
    db.run(
        f"UPDATE deliveries SET state = 'failed', error = :why WHERE {_OPEN} AND created_at < :before",
        before=before,
        why=why,
    )


def find_delivery(db: Connection, delivery_id: str) -> Delivery | None:
    row = db.row(f"SELECT {_ALL} FROM deliveries WHERE id = :id", id=delivery_id)
    return None if row is None else Delivery(*row)


def list_deliveries(
    db: Connection, limit: int | None, state: str | None = None, channel: str | None = None
) -> list[Delivery]:
    """The newest first."""
    query = f"""
        SELECT {_ALL} FROM deliveries
        WHERE (CAST(:state AS VARCHAR(20)) IS NULL OR state = :state)
            AND (CAST(:channel AS VARCHAR(100)) IS NULL OR channel = :channel)
        ORDER BY created_at DESC, id LIMIT :limit"""
    return [Delivery(*row) for row in db.rows(query, state=state, channel=channel, limit=db.limit(limit))]


def count_by_state(db: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in db.rows("SELECT state, count(*) FROM deliveries GROUP BY state")}


def delete_deliveries(db: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` old messages that were sent or given up. Returns their number."""
    query = f"SELECT id FROM deliveries WHERE NOT {_OPEN} AND created_at < :before LIMIT :most"
    ids = db.column(query, before=before, most=most)
    return db.run("DELETE FROM deliveries WHERE id IN :ids", ids=ids) if ids else 0
