"""Workers: the machines that run commands for the schedulers of this database, as they were invited and as they report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from workflow_scheduler.domain.placement import Share
from workflow_scheduler.domain.quick_dataclass import dataclass

from . import tables
from .sql import Connection

__all__ = [
    "SILENT_AFTER",
    "WorkerRow",
    "add_worker",
    "delete_worker",
    "find_worker",
    "has_workers",
    "list_workers",
    "note_silence",
    "set_labels",
    "set_state",
]

SILENT_AFTER = timedelta(seconds=45)
"""Heartbeats come every ten seconds."""
_LONGEST_LACK = 500
_ALL = ", ".join(tables.workers.columns)


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """`labels` and `slots`: as its invitation or an edit says. `state`: "invited" until it has joined, "active", or "draining": it gets nothing more. `role_name`: its role in the
    database. `instance`: its process of now, the only one that may speak for it. `silent_at`: its last heartbeat, while it is
    silent. `skew`: by how many seconds its clock is ahead of the database's. `measured`: what it says about its load."""

    name: str
    role_name: str
    labels: tuple[str, ...]
    slots: int
    state: str
    invited_at: datetime
    expires_at: datetime | None = None
    instance: str | None = None
    host: str | None = None
    identity: Mapping[str, Any] | None = None
    version: str | None = None
    protocol: int | None = None
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    silent_at: datetime | None = None
    skew: float | None = None
    measured: Mapping[str, Any] | None = None

    @property
    def taken(self) -> tuple[tuple[str, ...], int]:
        """The labels and slots that its process takes of these."""
        said = (self.identity or {}).get("share")  # as the worker says it, who may say anything
        share = said if isinstance(said, dict) else {}
        labels, slots = share.get("labels"), share.get("slots")
        return Share(
            tuple(map(str, labels)) if isinstance(labels, list) else None, slots if isinstance(slots, int) else None
        ).of(self.labels, self.slots)

    @property
    def lack(self) -> str:
        """Why it starts nothing now, as its last heartbeat said; empty if nothing keeps it from that."""
        said = (self.measured or {}).get("lack")
        return said[:_LONGEST_LACK].rstrip(".") if isinstance(said, str) else ""


def _worker(row: Any) -> WorkerRow:
    return WorkerRow(**{**row._asdict(), "labels": tuple(row.labels)})


def add_worker(db: Connection, new: WorkerRow) -> None:
    db.run(tables.workers.insert(), **{name: getattr(new, name) for name in tables.workers.columns})


def list_workers(db: Connection) -> list[WorkerRow]:
    return [_worker(row) for row in db.rows(f"SELECT {_ALL} FROM workers ORDER BY name")]


def find_worker(db: Connection, name: str) -> WorkerRow | None:
    row = db.row(f"SELECT {_ALL} FROM workers WHERE name = :name", name=name)
    return None if row is None else _worker(row)


def has_workers(db: Connection) -> bool:
    return db.value("SELECT 1 FROM workers LIMIT 1") is not None


def set_state(db: Connection, name: str, state: str, before: str) -> bool:
    """False if the worker is not in the state `before`."""
    query = "UPDATE workers SET state = :state WHERE name = :name AND state = :before"
    return bool(db.run(query, name=name, state=state, before=before))


def set_labels(db: Connection, name: str, labels: Collection[str], slots: int) -> None:
    query = "UPDATE workers SET labels = :labels, slots = :slots WHERE name = :name"
    db.run(query, name=name, labels=list(labels), slots=slots)


def delete_worker(db: Connection, name: str) -> None:
    db.run("DELETE FROM workers WHERE name = :name", name=name)


def note_silence(db: Connection) -> tuple[list[WorkerRow], list[WorkerRow]]:
    """Note which workers became silent and which were heard again. Returns both, these with their silence; each is told to
    one caller only. Times are the database's, so that no machine's clock matters; its own may be set back."""
    silent = f"""
        UPDATE workers SET silent_at = heartbeat_at
        WHERE silent_at IS NULL AND heartbeat_at < CURRENT_TIMESTAMP - make_interval(secs => :seconds)
        RETURNING {_ALL}"""
    heard = f"""
        SELECT {_ALL} FROM workers WHERE silent_at IS NOT NULL AND heartbeat_at <> silent_at FOR UPDATE"""
    gone = [_worker(row) for row in db.rows(silent, seconds=SILENT_AFTER.total_seconds())]
    back = [_worker(row) for row in db.rows(heard)]
    if back:
        db.run("UPDATE workers SET silent_at = NULL WHERE name IN :names", names=[worker.name for worker in back])
    return gone, back
