"""Queries of workflows: one with its details, and paged lists."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.definitions.plain import plain_of
from workflow_scheduler.domain.fields import declared_fields
from workflow_scheduler.domain.run import Run
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.access.redaction import View
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.pagination import name_behind, text_behind
from workflow_scheduler.operations.rows import Plain, plain, widened
from workflow_scheduler.operations.runs.show import run_estimate
from workflow_scheduler.operations.schedules.pending import with_overdue
from workflow_scheduler.operations.schedules.show import schedule_row
from workflow_scheduler.storage import catalog, pages, views
from workflow_scheduler.storage.database import Connection, Database

from .rows import Bar, WorkflowPage, WorkflowRow, WorkflowWithBars

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
    """The newest workflow: the most likely next choice."""
    return database.read(catalog.newest_workflow_id)


def get_workflow(database: Database, workflow_id: str) -> tuple[Workflow, int, list[Schedule]]:
    """The newest version, its number, and the schedules."""

    def work(db: Connection) -> tuple[Workflow, int, list[Schedule]]:
        found = catalog.find_workflow(db, workflow_id)
        if found is None:
            raise no_such("workflow", workflow_id)
        return *found, catalog.list_schedules(db, workflow_id)

    return database.read(work)


def workflow_list(database: Database) -> list[WorkflowRow]:
    return [_row(found) for found in database.read(views.list_workflows)]


def workflow_page(database: Database, *, limit: int, cursor: str | None, q: str, label: str) -> WorkflowPage:
    """Workflows, by name, with `q` in their identifier or description, and with the label."""
    words = q.casefold()

    def wanted(row: views.WorkflowRow) -> bool:
        name, _, stored, _, _ = row
        if label and label not in stored["labels"]:
            return False
        return words in name.casefold() or words in stored["description"].casefold()

    def work(db: Connection) -> tuple[list[WorkflowWithBars], bool]:
        rows: list[views.WorkflowRow] = []
        more = False
        for row in views.walk_workflows(db, name_behind(cursor)):
            if wanted(row):
                if len(rows) == limit:
                    more = True
                    break
                rows.append(row)
        return [widened(_row(row), WorkflowWithBars, history=_bars(db, row[0])) for row in rows], more

    workflows, more = database.read(work)
    return WorkflowPage(tuple(workflows), text_behind(workflows[-1].id) if more else None)


def _row(found: views.WorkflowRow) -> WorkflowRow:
    name, version, stored, last_state, next_due = found
    return WorkflowRow(
        id=name,
        description=stored["description"],
        tasks=len(stored["tasks"]),
        version=version,
        enabled=stored["enabled"],
        labels=tuple(stored["labels"]),
        last_state=last_state,
        next_utc=next_due,
    )


def _bars(db: Connection, workflow_id: str) -> tuple[Bar, ...]:
    return tuple(
        Bar(id=run.id, state=run.state, started_at=run.started_at, seconds=_seconds(run))
        for run in pages.last_runs(db, workflow_id, BARS)
    )


def _seconds(run: Run) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return round((run.finished_at - run.started_at).total_seconds(), 3)


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
        "history": [plain(bar) for bar in database.read(lambda db: _bars(db, workflow_id))],
        "estimate_seconds": run_estimate(database, workflow_id),
    }
