"""The audit log: listed, and verified to be complete."""

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
