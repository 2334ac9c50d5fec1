"""Lists that are shown a page at a time, and one workflow or run with all that belongs to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflow_scheduler.definitions.documents import task_to_plain
from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.access.redaction import View
from workflow_scheduler.operations.pagination import after_run, name_behind, run_behind, text_behind
from workflow_scheduler.operations.runs.show import Queries, schedule_shape, zoned_runs
from workflow_scheduler.operations.schedules.pending import with_overdue
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import catalog, pages, views
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["BARS", "run_detail", "run_page", "schedule_page", "workflow_detail", "workflow_page"]

BARS = 20
"""So many of a workflow's last runs are shown as bars."""


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


def workflow_detail(
    database: Database, queries: Queries, workflow_id: str, view: View, now: datetime
) -> dict[str, Any]:
    """The newest version with its tasks, its graph, its schedules and its last runs."""
    workflow, version, schedules = queries.workflow(workflow_id)
    workflow = view(workflow)
    return {
        "id": workflow.id,
        "version": version,
        "description": workflow.description,
        "enabled": workflow.enabled,
        "labels": list(workflow.labels),
        "max_active_runs": workflow.max_active_runs,
        "keep_awake": workflow.keep_awake,
        "tasks": [task_to_plain(task) for task in workflow.tasks],
        "graph": _graph(workflow),
        "schedules": [with_overdue(schedule_shape(one, workflow_enabled=workflow.enabled), now) for one in schedules],
        "history": database.read(lambda db: _bars(db, workflow_id)),
        "estimate_seconds": queries.estimate(workflow_id),
    }


def _graph(workflow: Workflow) -> dict[str, list[str]]:
    return {task: list(before) for task, before in workflow.predecessors.items()}


def schedule_page(
    database: Database, *, limit: int, cursor: str | None, q: str, workflow_id: str | None
) -> dict[str, Any]:
    """Schedules by identifier with `q` in it, in their workflow's, or in what they say in plain English."""
    words = q.casefold()

    def work(db: Connection) -> tuple[list[dict[str, Any]], bool]:
        found: list[dict[str, Any]] = []
        for one, enabled in pages.walk_schedules(db, name_behind(cursor), workflow_id):
            if len(found) == limit:
                return found, True
            shape = schedule_shape(one, workflow_enabled=enabled)
            if any(words in shape[name].casefold() for name in ("id", "workflow_id", "description")):
                found.append(shape)
        return found, False

    found, more = database.read(work)
    return {"items": found, "next_cursor": text_behind(found[-1]["id"]) if more else None}


def run_page(
    database: Database,
    *,
    limit: int,
    cursor: str | None,
    workflow_id: str | None,
    schedule_id: str | None,
    state: RunState | None,
    since: datetime | None,
    q: str | None,
) -> dict[str, Any]:
    """The newest runs first. The order is stable: runs that come meanwhile do not shift the pages behind."""

    def work(db: Connection) -> dict[str, Any]:
        found = views.list_runs(
            db,
            limit=limit + 1,
            workflow_id=workflow_id,
            schedule_id=schedule_id,
            state=state,
            since=since,
            before=run_behind(cursor),
            like=q or None,
        )
        shown = found[:limit]
        more = len(found) > limit
        return {"items": zoned_runs(db, shown), "next_cursor": after_run(shown[-1]) if more else None}

    return database.read(work)


def run_detail(database: Database, queries: Queries, run_id: str) -> dict[str, Any]:
    """A run with its tasks, their attempts, and what waits for what."""

    def work(db: Connection) -> tuple[Workflow, dict[str, Any]]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id!r}; see them with 'scheduler runs list'.")
        return catalog.find_version(db, run.workflow_id, run.version), zoned_runs(db, [run])[0]

    workflow, zoned = database.read(work)
    shape = {**zoned, **queries.run(run_id)}
    return {**shape, "graph": _graph(workflow), "estimate_seconds": queries.estimate(shape["workflow_id"])}
