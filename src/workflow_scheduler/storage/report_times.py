"""Until when the reports that are sent by themselves have been."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from . import tables
from .sql import Connection

__all__ = ["any_known", "keep_only", "move_on", "sent_until"]


def any_known(db: Connection) -> bool:
    return db.value("SELECT 1 FROM report_times LIMIT 1") is not None


def keep_only(db: Connection, keys: Collection[str], now: datetime) -> None:
    """Know these, the new ones from now on, and no others."""
    db.run("DELETE FROM report_times WHERE key NOT IN :keys", keys=keys)
    for key in set(keys):
        db.run(f"{tables.report_times.insert()} ON CONFLICT (key) DO NOTHING", key=key, sent_until_at=now)


def sent_until(db: Connection, key: str) -> datetime | None:
    """None for one that is not known."""
    at: datetime | None = db.value("SELECT sent_until_at FROM report_times WHERE key = :key", key=key)
    return at


def move_on(db: Connection, key: str, before: datetime, until: datetime) -> bool:
    """Whether it was sent until `before`, and is now until the other time."""
    query = "UPDATE report_times SET sent_until_at = :until WHERE key = :key AND sent_until_at = :before"
    return bool(db.run(query, key=key, before=before, until=until))
