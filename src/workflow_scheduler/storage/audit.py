"""The audit log. It only grows, and each row covers the previous one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text

from workflow_scheduler.domain.account import AuditEntry

from .account_tables import audit

__all__ = ["list_audit", "record_audit", "walk_audit"]

_LOCK = 7_351_403
_BEGINNING = "0" * 64


def record_audit(db: Connection, entry: AuditEntry) -> None:
    """Append the entry, in the transaction of what it tells of."""
    if db.dialect.name != "sqlite":  # two rows must not vouch for the same one
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    before = db.execute(select(audit.c.digest).order_by(audit.c.seq.desc()).limit(1)).scalar() or _BEGINNING
    db.execute(
        insert(audit).values(
            at=entry.at,
            actor=entry.actor,
            address=entry.address,
            action=entry.action,
            detail=entry.detail,
            digest=_digest(before, entry),
        )
    )


def list_audit(db: Connection, limit: int, before: int | None = None) -> list[AuditEntry]:
    """The newest entries first; with `before`, those older than that number."""
    query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.seq < before)
    return [_entry(row) for row in db.execute(query)]


def walk_audit(db: Connection) -> Iterator[tuple[AuditEntry, bool]]:
    """Every entry, oldest first, and whether it is as it was written, behind the one it was written behind."""
    before = _BEGINNING
    query = select(audit).order_by(audit.c.seq).execution_options(yield_per=1000)
    with db.execute(query) as rows:
        for row in rows:
            entry = _entry(row)
            yield entry, entry.digest == _digest(before, replace(entry, seq=0))
            before = entry.digest


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.at, row.actor, row.address, row.action, row.detail, row.seq, row.digest)


def _digest(before: str, entry: AuditEntry) -> str:
    at: datetime = entry.at.astimezone(UTC)
    whole = [before, at.isoformat(timespec="microseconds"), entry.actor, entry.address, entry.action, entry.detail]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()
