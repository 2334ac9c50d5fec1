"""What the database says about its own state, for the doctor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, DateTime, cast, func, select

from .tables import engines, schedules

__all__ = ["journal_mode", "last_heartbeat", "overdue", "server_time"]


def last_heartbeat(db: Connection, role: str | None = None) -> datetime | None:
    """The last heartbeat of any engine, or of any with that role."""
    query = select(func.max(engines.c.heartbeat_at))
    found: datetime | None = db.execute(query if role is None else query.where(engines.c.role == role)).scalar()
    return found


def overdue(db: Connection, before: datetime) -> list[str]:
    """The schedules that should have fired before the moment and are not accounted for yet."""
    query = select(schedules.c.id).where(schedules.c.next_due_utc < before)
    return list(db.execute(query.order_by(schedules.c.next_due_utc)).scalars())


def journal_mode(db: Connection) -> str:
    """SQLite's: `wal`, unless the file system cannot share memory. Empty for PostgreSQL."""
    return str(db.exec_driver_sql("PRAGMA journal_mode").scalar()) if db.dialect.name == "sqlite" else ""


def server_time(db: Connection) -> datetime | None:
    """PostgreSQL's own clock; SQLite has none but this machine's."""
    if db.dialect.name == "sqlite":
        return None
    found: datetime = db.execute(select(cast(func.clock_timestamp(), DateTime(timezone=True)))).scalar_one()
    return found
