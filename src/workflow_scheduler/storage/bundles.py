"""The files that workflows take along to other machines, each bundle once, by its hash."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from . import tables
from .sql import Connection

__all__ = ["BundleRow", "delete_bundles", "find_bundle", "put_bundle"]

_ADD = f"{tables.bundles.insert()} ON CONFLICT (hash) DO NOTHING"


class BundleRow(NamedTuple):
    """`files`: how many there are. `size`: of these, in bytes."""

    files: int
    size: int


def put_bundle(db: Connection, digest: str, content: bytes, about: BundleRow, now: datetime) -> None:
    """Store the bundle, unless it is there. It counts as new, so that it stays until its definition is stored."""
    if not db.run("UPDATE bundles SET created_at = :now WHERE hash = :hash", hash=digest, now=now):
        db.run(_ADD, hash=digest, created_at=now, content=content, **about._asdict())


def find_bundle(db: Connection, digest: str) -> BundleRow | None:
    row = db.row("SELECT files, size FROM bundles WHERE hash = :hash", hash=digest)
    return None if row is None else BundleRow(*row)


def delete_bundles(db: Connection, before: datetime) -> int:
    """Delete the older bundles that neither a workflow as it is now nor a run on record uses, nor a version saved since that
    time: a workflow that was deleted may be restored. Returns their number."""
    unused = """
        SELECT hash FROM bundles WHERE created_at < :before AND NOT EXISTS (
            SELECT 1 FROM workflow_versions AS saved
            WHERE CAST(saved.definition AS TEXT) LIKE :any || bundles.hash || :any AND (
                saved.saved_at >= :before
                OR EXISTS (SELECT 1 FROM workflows WHERE id = saved.workflow_id AND version = saved.version)
                OR EXISTS (SELECT 1 FROM runs WHERE workflow_id = saved.workflow_id AND version = saved.version)))"""
    gone = db.column(unused, before=before, any="%")
    if not gone:
        return 0
    return db.run("DELETE FROM bundles WHERE hash IN :gone AND created_at < :before", gone=gone, before=before)
