"""The record of who asked for what: shown, and proved to be whole."""

from __future__ import annotations

from workflow_scheduler.domain.account import AuditEntry
from workflow_scheduler.storage import audit as store
from workflow_scheduler.storage.database import Connection, Database

from .rows import AuditRow

__all__ = ["audit_list", "first_broken"]


def audit_list(database: Database, limit: int, before: int | None = None) -> list[AuditRow]:
    """The newest entries first."""
    return [_row(entry) for entry in database.read(lambda db: store.list_audit(db, limit, before))]


def first_broken(database: Database) -> AuditRow | None:
    """The first entry that was changed, or behind which one is missing; None if the record is whole."""

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
