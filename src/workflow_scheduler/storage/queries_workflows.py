"""Workflows and their versions as people see them. Read only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from .sql import Connection

__all__ = [
    "StoredWorkflow",
    "catalog_mark",
    "disabled_workflows",
    "newest_workflow_id",
    "version_times",
    "walk_workflows",
    "workflow_ids",
]

NEWEST = "JOIN workflow_versions ON workflow_versions.workflow_id = workflows.id AND workflow_versions.version = workflows.version"
"""The newest version of each of the workflows."""


class StoredWorkflow(NamedTuple):
    """`definition` as stored; `last_state`: that of the last run."""

    id: str
    version: int
    definition: dict[str, Any]
    last_state: str | None
    next_due_utc: datetime | None


def workflow_ids(db: Connection) -> list[str]:
    return db.column("SELECT id FROM workflows ORDER BY id")


def newest_workflow_id(db: Connection) -> str | None:
    return db.value("SELECT id FROM workflows ORDER BY created_at DESC, id DESC LIMIT 1")


def walk_workflows(db: Connection, after: str = "") -> Iterator[StoredWorkflow]:
    """The workflows after that ID, in order; reads no more than the caller takes."""
    query = f"""
        SELECT workflows.id, workflows.version, workflow_versions.definition,
            (SELECT runs.state FROM runs WHERE runs.workflow_id = workflows.id
                ORDER BY runs.queued_at DESC LIMIT 1) AS last_state,
            (SELECT min(schedules.next_due_utc) FROM schedules
                WHERE schedules.workflow_id = workflows.id) AS next_due_utc
        FROM workflows {NEWEST} WHERE workflows.id > :after ORDER BY workflows.id"""
    for row in db.walk(query, 200, after=after):
        yield StoredWorkflow(*row)


def disabled_workflows(db: Connection, most: int | None) -> list[str]:
    query = f"""
        SELECT workflows.id FROM workflows {NEWEST}
        WHERE NOT {db.flag_in("workflow_versions.definition", "enabled")} ORDER BY workflows.id LIMIT :most"""
    return db.column(query, most=db.limit(most))


def version_times(db: Connection, workflow_id: str) -> list[tuple[int, datetime]]:
    """The stored versions, newest first, and when each was saved."""
    query = "SELECT version, saved_at FROM workflow_versions WHERE workflow_id = :id ORDER BY version DESC"
    return [(row[0], row[1]) for row in db.rows(query, id=workflow_id)]


def catalog_mark(db: Connection) -> tuple[object, ...]:
    """A mark that changes with workflows and schedules."""
    workflows = db.row("SELECT count(*), sum(version), max(updated_at) FROM workflows") or ()
    schedules = db.row("SELECT count(*), sum(generation) FROM schedules") or ()
    return (*workflows, *schedules)
