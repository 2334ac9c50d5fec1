"""One workflow with all that belongs to it."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.definitions.plain import plain_of
from workflow_scheduler.domain.fields import declared_fields
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.access.redaction import View
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.lists import run_estimate
from workflow_scheduler.operations.schedules.planning import with_overdue
from workflow_scheduler.operations.schedules.show import schedule_row
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database

from .lists import bars_of

__all__ = ["get_workflow", "workflow_detail"]


def get_workflow(database: Database, workflow_id: str) -> tuple[Workflow, int, list[Schedule]]:
    """The newest version, its number, and the schedules."""

    def work(db: Connection) -> tuple[Workflow, int, list[Schedule]]:
        found = catalog.find_workflow(db, workflow_id)
        if found is None:
            raise no_such("workflow", workflow_id)
        return *found, catalog.list_schedules(db, workflow_id)

    return database.read(work)


def workflow_detail(database: Database, workflow_id: str, view: View, now: datetime) -> Plain:
    """The newest version with its tasks, its graph, its schedules and its last runs; its fields are those declared."""
    workflow, version, schedules = get_workflow(database, workflow_id)
    workflow = view(workflow)
    return {
        "version": version,
        **{field.name: getattr(workflow, field.name) for field in declared_fields(Workflow)},
        "tasks": [plain_of(task) for task in workflow.tasks],
        "graph": {task: list(before) for task, before in workflow.predecessors.items()},
        "schedules": [
            with_overdue(schedule_row(schedule, workflow_enabled=workflow.enabled), now) for schedule in schedules
        ],
        "history": [plain(bar) for bar in database.read(lambda db: bars_of(db, workflow_id))],
        "estimate_seconds": run_estimate(database, workflow_id),
    }
