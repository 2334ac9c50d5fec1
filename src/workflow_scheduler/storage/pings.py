"""Signs for monitors outside that wait to be given. One that was given is deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from workflow_scheduler.domain.pings import Ping, Sign
from workflow_scheduler.domain.quick_dataclass import dataclass

from . import tables
from .sql import Connection, values_for

__all__ = ["WaitingPing", "add_pings", "due_pings", "given", "next_ping", "not_given", "postpone"]

_ADD = tables.pings.insert(("subject", "address", "sign", "words", "created_at", "due_at", "tries", "error"))
_values = values_for(_ADD, {"sign": "sign.value", "due_at": "created_at"}, "tries", "error")


@dataclass(frozen=True, slots=True)
class WaitingPing:
    """`tries`: how often it was tried in vain."""

    id: int
    ping: Ping
    tries: int


def add_pings(db: Connection, new: Collection[Ping]) -> None:
    db.run_each(_ADD, [(*_values(ping), 0, "") for ping in new])


def due_pings(db: Connection, now: datetime, but: Collection[str], most: int) -> list[WaitingPing]:
    """What can be given now, in order; none of the subjects `but`."""
    query = """
        SELECT id, subject, address, sign, words, created_at, tries FROM pings
        WHERE due_at <= :now AND subject NOT IN :but ORDER BY id LIMIT :most"""
    return [
        WaitingPing(row.id, Ping(row.subject, row.address, Sign(row.sign), row.words, row.created_at), row.tries)
        for row in db.rows(query, now=now, but=but, most=most)
    ]


def next_ping(db: Connection, but: Collection[str]) -> datetime | None:
    """When the next one is due."""
    row = db.row("SELECT min(due_at) AS due_at FROM pings WHERE subject NOT IN :but", but=but)
    return None if row is None else row.due_at


def given(db: Connection, waiting: WaitingPing) -> None:
    """With it, earlier ones of its subject say nothing any more."""
    db.run("DELETE FROM pings WHERE subject = :subject AND id <= :id", subject=waiting.ping.subject, id=waiting.id)


def postpone(db: Connection, waiting: WaitingPing, error: str, due_at: datetime | None) -> None:
    """Try it again at that time; None: never, and keep it for people to see."""
    query = "UPDATE pings SET tries = tries + 1, error = :error, due_at = :due WHERE id = :id"
    db.run(query, error=error, due=due_at, id=waiting.id)


def not_given(db: Connection, most: int) -> list[tuple[str, str]]:
    """The subjects whose last sign could not be given, with the reason."""
    query = "SELECT subject, max(error) AS error FROM pings WHERE due_at IS NULL GROUP BY subject ORDER BY subject LIMIT :most"
    return [(row[0], row[1]) for row in db.rows(query, most=most)]
