"""Workflows in lists."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.storage import queries_workflows
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.queries_workflows import StoredWorkflow

__all__ = ["WorkflowRow", "newest_workflow_id", "workflow_ids", "workflow_list", "workflow_row"]


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """`tasks`: how many."""

    id: str
    description: str
    tasks: int
    version: int
    enabled: bool
    labels: tuple[str, ...]
    last_state: str | None
    next_utc: datetime | None


def workflow_ids(database: Database) -> list[str]:
    return database.read(queries_workflows.workflow_ids)


def newest_workflow_id(database: Database) -> str | None:
    """The newest workflow: the most likely next choice."""
    return database.read(queries_workflows.newest_workflow_id)


def workflow_list(database: Database) -> list[WorkflowRow]:
    return [workflow_row(stored) for stored in database.read(lambda db: list(queries_workflows.walk_workflows(db)))]


def workflow_row(stored: StoredWorkflow) -> WorkflowRow:
    return WorkflowRow(
        id=stored.id,
        description=stored.definition["description"],
        tasks=len(stored.definition["tasks"]),
        version=stored.version,
        enabled=stored.definition["enabled"],
        labels=tuple(stored.definition["labels"]),
        last_state=stored.last_state,
        next_utc=stored.next_due_utc,
    )
