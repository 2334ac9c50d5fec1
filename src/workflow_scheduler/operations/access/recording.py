"""Puts on record who asked for what, with the change itself."""

from __future__ import annotations

from collections.abc import Callable

from workflow_scheduler.domain.account import AuditEntry
from workflow_scheduler.storage import audit as store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["put_on_record", "recorded"]


def recorded(
    database: Database,
    entry: Callable[[], AuditEntry],
    check: Callable[[Connection], None] | None = None,
    also: Callable[[Connection], None] | None = None,
) -> Database:
    """The database, where each change is made after `check`, then `also`, and puts the entry on record: all or nothing."""

    def after(db: Connection) -> None:
        if also is not None:
            also(db)
        store.record_audit(db, entry())

    return database.accompanied(check, after)


def put_on_record(database: Database) -> None:
    """Write the entry of a `recorded` database, for what is done outside of it or in many transactions."""
    database.write(lambda _: None)
