"""The audit log: written with each change, listed, and verified to be complete."""

from __future__ import annotations

from collections.abc import Callable

from workflow_scheduler.domain.account import AuditEntry
from workflow_scheduler.storage import audit as store
from workflow_scheduler.storage.database import Connection, Database

from .rows import AuditRow

__all__ = ["audit_list", "first_broken", "put_on_record", "recorded"]


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
        store.record_audit(db, entry())

    return database.accompanied(check, after)


def put_on_record(database: Database) -> None:
    """Write the entry of a `recorded` database for work done outside it or in many transactions."""
    database.write(lambda _: None)


def audit_list(database: Database, limit: int, before: int | None = None) -> list[AuditRow]:
    """The newest entries first."""
    return [_row(entry) for entry in database.read(lambda db: store.list_audit(db, limit, before))]


def first_broken(database: Database) -> AuditRow | None:
    """The first entry that was changed or precedes a gap; None if the log is complete."""

    def work(db: Connection) -> AuditEntry | None:
        return next((entry for entry, whole in store.walk_audit(db) if not whole), None)

    found = database.read(work)
    return None if found is None else _row(found)


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        address=entry.address,
        action=entry.action,
        detail=entry.detail,
    )
