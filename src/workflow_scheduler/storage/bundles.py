"""The files that workflows take along to other machines, each bundle once, by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.run import AttemptKey

from . import tables
from .sql import Connection

__all__ = ["BundleRow", "TakenAlong", "delete_bundles", "find_bundle", "put_bundle", "taken_along"]

_ADD = f"{tables.bundles.insert()} ON CONFLICT (hash) DO NOTHING"


class BundleRow(NamedTuple):
    """`files`: how many there are. `size`: of these, in bytes."""

    files: int
    size: int


class TakenAlong(NamedTuple):
    """The bundle of an attempt that a worker has claimed. `about`: None if it is no longer stored. `home`: the home of the worker
    in which the attempt was claimed; None if that is not known any more."""

    worker: str
    hash: str
    about: BundleRow | None
    home: str | None


def put_bundle(db: Connection, digest: str, content: bytes, about: BundleRow, now: datetime) -> None:
    """Store the bundle, unless it is there. It counts as new, so that it stays until its definition is stored."""
    if not db.run("UPDATE bundles SET created_at = :now WHERE hash = :hash", hash=digest, now=now):
        db.run(_ADD, hash=digest, created_at=now, content=content, **about._asdict())


def find_bundle(db: Connection, digest: str) -> BundleRow | None:
    row = db.row("SELECT files, size FROM bundles WHERE hash = :hash", hash=digest)
    return None if row is None else BundleRow(*row)


def taken_along(db: Connection, run_id: str) -> Mapping[AttemptKey, TakenAlong]:
    """What the attempts of a run got, without those that took nothing along."""
    query = """
        SELECT run_id, task_id, number, worker, bundle, files, size,
            CASE WHEN identity::jsonb -> 'place' ->> 'home_id' = claimed_by THEN identity::jsonb ->> 'home' END AS home
        FROM assignments LEFT JOIN bundles ON bundles.hash = bundle LEFT JOIN workers ON workers.name = worker
        WHERE run_id = :run_id AND bundle IS NOT NULL AND claimed_at IS NOT NULL"""
    if db.is_sqlite:  # without workers
        return {}
    return {
        AttemptKey(*row[:3]): TakenAlong(
            row.worker, row.bundle, None if row.files is None else BundleRow(row.files, row.size), row.home
        )
        for row in db.rows(query, run_id=run_id)
    }


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
