"""The versions of workflows that are stored, which stay as long as a run needs them."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection
from datetime import datetime

from workflow_scheduler.domain.workflow import Workflow

from .snapshot import from_snapshot
from .sql import Connection

__all__ = ["find_version", "find_versions", "last_version", "newest_with_secrets", "version_at"]


def find_versions(db: Connection, keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], Workflow]:
    """The definitions that runs use. They are kept as long as a run needs them."""
    rows = db.rows(_VERSIONS, keys=keys) if keys else ()
    return {(row.workflow_id, row.version): _workflow(row.workflow_id, row.snapshot) for row in rows}


_VERSIONS = """
    SELECT workflow_id, version, CAST(definition AS TEXT) AS snapshot FROM workflow_versions
    WHERE (workflow_id, version) IN :keys"""


@functools.lru_cache(maxsize=1_000)  # an engine reads the same few with every run that it starts
def _workflow(workflow_id: str, snapshot: str) -> Workflow:
    # The workflow may have been renamed since.
    return from_snapshot({**json.loads(snapshot), "id": workflow_id})


def find_version(db: Connection, workflow_id: str, version: int) -> Workflow:
    return find_versions(db, [(workflow_id, version)])[workflow_id, version]


def last_version(db: Connection, workflow_id: str) -> Workflow | None:
    """The newest version, also of a workflow that was deleted; None if there was none."""
    newest = db.value("SELECT max(version) FROM workflow_versions WHERE workflow_id = :id", id=workflow_id)
    return None if newest is None else find_version(db, workflow_id, newest)


def version_at(db: Connection, workflow_id: str, at: datetime) -> int | None:
    """The version that was the newest at that time; None if there was none."""
    query = "SELECT max(version) FROM workflow_versions WHERE workflow_id = :id AND saved_at <= :at"
    return db.value(query, id=workflow_id, at=at)


def newest_with_secrets(db: Connection) -> list[Workflow]:
    """The newest version of each workflow that names a secret."""
    rows = db.rows(
        "SELECT workflow_id, workflow_versions.version, definition FROM workflow_versions "
        "JOIN workflows ON workflows.id = workflow_id AND workflows.version = workflow_versions.version "
        "WHERE CAST(definition AS TEXT) LIKE :pattern ORDER BY workflow_id",
        pattern='%"secrets": {"%',
    )
    return [from_snapshot({**row.definition, "id": row.workflow_id}) for row in rows]
