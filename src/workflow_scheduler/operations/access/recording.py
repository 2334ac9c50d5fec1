"""Writes the audit log: an entry with each change, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workflow_scheduler.storage.database import Connection, Database

if TYPE_CHECKING:
    from workflow_scheduler.domain.account import AuditEntry

__all__ = ["put_on_record", "recorded"]


def recorded(
    database: Database,
    entry: Callable[[], AuditEntry],
    check: Callable[[Connection], None] | None = None,
    also: Callable[[Connection], None] | None = None,
) -> Database:
    """A database in which each transaction also runs `check` first, then `also`, and writes the audit entry."""

    def after(db: Connection) -> None:
        if also is not None:
            also(db)
        from workflow_scheduler.storage import audit as store  # noqa: PLC0415  who only looks does without

        store.record_audit(db, entry())

    return database.accompanied(check, after)


def put_on_record(database: Database) -> None:
    """Write the entry of a `recorded` database for work done outside it or in many transactions."""
    database.write(lambda _: None)
