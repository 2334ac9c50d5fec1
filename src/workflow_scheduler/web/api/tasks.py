"""The tasks of a workflow: added, changed, moved and deleted. Each change is a new version of the workflow."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Response

from workflow_scheduler.definitions.documents import changed_task
from workflow_scheduler.domain.task import Task
from workflow_scheduler.operations.rows import Plain
from workflow_scheduler.operations.runs.idempotency import Once
from workflow_scheduler.operations.workflows.tasks import add_task, delete_task, edit_task, move_task, next_task_id
from workflow_scheduler.operations.workflows.versions import unless_changed
from workflow_scheduler.web.creation import Key, make_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.preconditions import IfMatch, needed
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.base import Fields
from workflow_scheduler.web.schemas.workflows import NewTask, Position, Saved

from .workflow_changes import saved

__all__ = ["router"]

router = new_router("tasks")
ALL = f"{API}/workflows/{{workflow}}/tasks"


@router.post(ALL, response_model=Saved, status_code=201)
def add(
    request: CurrentRequest,
    workflow: str,
    given: NewTask,
    response: Response,
    if_match: IfMatch = None,
    key: Key = None,
) -> Plain:
    """Add a task. GET /api/v1/schema describes its fields."""
    check = unless_changed(workflow, needed(if_match))
    fields = {"id": next_task_id(request.context.database, workflow), **given.task}
    task = changed_task(Task("task", "command"), {"command": "", **fields})

    def make(once: Once) -> None:
        add_task(request.changing(task.id, check, once=once), workflow, task, request.now, given.position)

    make_once(request, key, task.id, make, response)
    return saved(request, workflow, response)


@router.patch(f"{ALL}/{{task}}", response_model=Saved)
def change(
    request: CurrentRequest,
    workflow: str,
    task: str,
    given: Annotated[Fields, Body(examples=[{"command": "backup.sh", "timeout": "10m", "env_file": None}])],
    response: Response,
    if_match: IfMatch = None,
) -> Plain:
    """Change some fields of a task; null resets one. A new ID is also changed in the tasks that depend on it."""
    database = request.changing(", ".join(sorted(given)), unless_changed(workflow, needed(if_match)))
    edit_task(database, workflow, task, lambda old: changed_task(old, given), request.now)
    return saved(request, workflow, response)


@router.post(f"{ALL}/{{task}}/move", response_model=Saved)
def move(
    request: CurrentRequest, workflow: str, task: str, given: Position, response: Response, if_match: IfMatch = None
) -> Plain:
    """Move a task to another position."""
    database = request.changing(str(given.position), unless_changed(workflow, needed(if_match)))
    move_task(database, workflow, task, given.position, request.now)
    return saved(request, workflow, response)


@router.delete(f"{ALL}/{{task}}", response_model=Saved)
def delete(request: CurrentRequest, workflow: str, task: str, response: Response, if_match: IfMatch = None) -> Plain:
    """Delete a task."""
    delete_task(request.changing("", unless_changed(workflow, needed(if_match))), workflow, task, request.now)
    return saved(request, workflow, response)
