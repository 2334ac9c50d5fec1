"""The audit log. It only grows, and each row carries a hash of the previous one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from workflow_scheduler.domain.account import AuditEntry

from . import tables
from .sql import Connection

__all__ = ["list_audit", "record_audit", "walk_audit"]

_BEGINNING = "0" * 64


def record_audit(db: Connection, entry: AuditEntry) -> None:
    """Append the entry, in the transaction of the change."""
    db.one_at_a_time(7_351_403)  # two rows must not vouch for the same one
    before = db.value("SELECT digest FROM audit ORDER BY seq DESC LIMIT 1") or _BEGINNING
    db.run(
        _RECORD,
        at=entry.at,
        actor=entry.actor,
        address=entry.address,
        action=entry.action,
        detail=entry.detail,
        digest=_digest(before, entry),
    )


_ENTRIES = f"SELECT {', '.join(tables.audit.columns)} FROM audit"
_RECORD = tables.audit.insert(tables.audit.columns[1:])


def list_audit(db: Connection, limit: int, before: int | None = None) -> list[AuditEntry]:
    """The newest entries first; with `before`, only those older than that number."""
    older = "" if before is None else "WHERE seq < :before"
    values = {"limit": limit} | ({} if before is None else {"before": before})
    return [_entry(row) for row in db.rows(f"{_ENTRIES} {older} ORDER BY seq DESC LIMIT :limit", **values)]


def walk_audit(db: Connection) -> Iterator[tuple[AuditEntry, bool]]:
    """Every entry, oldest first, and whether it and its predecessor are unchanged."""
    before = _BEGINNING
    for row in db.walk(f"{_ENTRIES} ORDER BY seq", 1000):
        entry = _entry(row)
        yield entry, entry.digest == _digest(before, replace(entry, seq=0))
        before = entry.digest


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(row.at, row.actor, row.address, row.action, row.detail, row.seq, row.digest)


def _digest(before: str, entry: AuditEntry) -> str:
    at: datetime = entry.at.astimezone(UTC)
    whole = [before, at.isoformat(timespec="microseconds"), entry.actor, entry.address, entry.action, entry.detail]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()
