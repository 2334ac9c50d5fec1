"""Workflows as a person sees them: one with all that belongs to it, and lists a page at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflow_scheduler.definitions.plain import plain_of
from workflow_scheduler.domain.fields import declared_fields
from workflow_scheduler.domain.run import Run
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.access.redaction import View
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.pagination import name_behind, text_behind
from workflow_scheduler.operations.runs.show import run_estimate
from workflow_scheduler.operations.schedules.pending import with_overdue
from workflow_scheduler.operations.schedules.show import schedule_shape
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import catalog, pages, views
from workflow_scheduler.storage.database import Connection, Database

__all__ = [
    "BARS",
    "get_workflow",
    "newest_workflow_id",
    "workflow_detail",
    "workflow_ids",
    "workflow_list",
    "workflow_page",
]


BARS = 20
"""The last runs of a workflow that are shown as bars."""


def workflow_ids(database: Database) -> list[str]:
    return database.read(catalog.workflow_ids)


def newest_workflow_id(database: Database) -> str | None:
    """The workflow that was made last: what a person most likely goes on with."""
    return database.read(catalog.newest_workflow_id)


def get_workflow(database: Database, workflow_id: str) -> tuple[Workflow, int, list[Schedule]]:
    """The newest version, its number, and the schedules."""

    def work(db: Connection) -> tuple[Workflow, int, list[Schedule]]:
        found = catalog.find_workflow(db, workflow_id)
        if found is None:
            raise no_such("workflow", workflow_id)
        return *found, catalog.list_schedules(db, workflow_id)

    return database.read(work)


def workflow_list(database: Database) -> list[dict[str, Any]]:
    rows = database.read(views.list_workflows)
    return [
        {
            "id": name,
            "description": stored["description"],
            "tasks": len(stored["tasks"]),
            "version": version,
            "enabled": stored["enabled"],
            "labels": stored["labels"],
            "last_state": last_state,
            "next_utc": iso(next_due),
        }
        for name, version, stored, last_state, next_due in rows
    ]


def workflow_page(database: Database, *, limit: int, cursor: str | None, q: str, label: str) -> dict[str, Any]:
    """Workflows by name whose identifier or description has `q` in it, and that carry the label."""
    words = q.casefold()

    def wanted(row: views.WorkflowRow) -> bool:
        name, _, stored, _, _ = row
        if label and label not in stored["labels"]:
            return False
        return words in name.casefold() or words in stored["description"].casefold()

    def work(db: Connection) -> tuple[list[dict[str, Any]], bool]:
        rows: list[views.WorkflowRow] = []
        more = False
        for row in views.walk_workflows(db, name_behind(cursor)):
            if wanted(row):
                if len(rows) == limit:
                    more = True
                    break
                rows.append(row)
        return [_workflow_row(db, row) for row in rows], more

    found, more = database.read(work)
    return {"items": found, "next_cursor": text_behind(found[-1]["id"]) if more else None}


def _workflow_row(db: Connection, row: views.WorkflowRow) -> dict[str, Any]:
    name, version, stored, last_state, next_due = row
    return {
        "id": name,
        "description": stored["description"],
        "tasks": len(stored["tasks"]),
        "version": version,
        "enabled": stored["enabled"],
        "labels": stored["labels"],
        "last_state": last_state,
        "next_utc": iso(next_due),
        "history": _bars(db, name),
    }


def _bars(db: Connection, workflow_id: str) -> list[dict[str, Any]]:
    return [
        {"id": run.id, "state": run.state.value, "started_at": iso(run.started_at), "seconds": _seconds(run)}
        for run in pages.last_runs(db, workflow_id, BARS)
    ]


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 3)


def workflow_detail(database: Database, workflow_id: str, view: View, now: datetime) -> dict[str, Any]:
    """The newest version with its tasks, its graph, its schedules and its last runs."""
    workflow, version, schedules = get_workflow(database, workflow_id)
    workflow = view(workflow)
    return {
        "version": version,
        **{field.name: getattr(workflow, field.name) for field in declared_fields(Workflow)},
        "tasks": [plain_of(task) for task in workflow.tasks],
        "graph": {task: list(before) for task, before in workflow.predecessors.items()},
        "schedules": [with_overdue(schedule_shape(one, workflow_enabled=workflow.enabled), now) for one in schedules],
        "history": database.read(lambda db: _bars(db, workflow_id)),
        "estimate_seconds": run_estimate(database, workflow_id),
    }
