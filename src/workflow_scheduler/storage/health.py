"""What the database reports about its own state, for `doctor`."""

from __future__ import annotations

from datetime import datetime

from .sql import Connection

__all__ = ["journal_mode", "last_heartbeat", "overdue", "server_time"]


def last_heartbeat(db: Connection, role: str | None = None) -> datetime | None:
    """The last heartbeat of any engine, or of any with that role."""
    of_role = "" if role is None else "WHERE role = :role"
    values = {} if role is None else {"role": role}
    return db.value(f"SELECT max(heartbeat_at) AS newest_at FROM engines {of_role}", **values)


def overdue(db: Connection, before: datetime) -> list[str]:
    """The schedules that were due before the time and have no disposition yet."""
    return db.column("SELECT id FROM schedules WHERE next_due_utc < :before ORDER BY next_due_utc", before=before)


def journal_mode(db: Connection) -> str:
    """SQLite's journal mode: `wal`, unless the file system cannot share memory. Empty for PostgreSQL."""
    return str(db.value("PRAGMA journal_mode")) if db.is_sqlite else ""


def server_time(db: Connection) -> datetime | None:
    """The time of PostgreSQL's clock; SQLite has only this machine's."""
    return None if db.is_sqlite else db.value("SELECT clock_timestamp() AS now_utc")
