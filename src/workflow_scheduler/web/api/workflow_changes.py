"""Creates, changes, deletes and restores workflows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Body, Query, Response

from workflow_scheduler.definitions.documents import Document, changed_workflow, to_yaml
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.idempotency import Once
from workflow_scheduler.operations.schedules.difference import added_and_removed, changes_of, differences
from workflow_scheduler.operations.schedules.show import schedules_of
from workflow_scheduler.operations.transactions import Connection
from workflow_scheduler.operations.workflows.apply import apply_documents, document_of, load_one
from workflow_scheduler.operations.workflows.edit import (
    change_workflow,
    copy_workflow,
    create_workflow,
    delete_workflow,
    next_workflow_id,
    rename_workflow,
)
from workflow_scheduler.operations.workflows.show import get_workflow
from workflow_scheduler.operations.workflows.undelete import restore_workflow, unless_there
from workflow_scheduler.operations.workflows.versions import document_tag, unless_changed
from workflow_scheduler.web.creation import Key, make_once, make_unnamed_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.preconditions import IfMatch, needed, tag_of
from workflow_scheduler.web.problems import Problem
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.base import Fields
from workflow_scheduler.web.schemas.workflows import (
    Applied,
    Deleted,
    DocumentText,
    NewId,
    NewWorkflow,
    Restored,
    Saved,
    WorkflowChange,
)

__all__ = ["router", "saved"]

router = new_router("workflows")
COMPARED = 10
"""The next fires of each schedule that are compared before a document is saved."""
ONE = f"{API}/workflows/{{workflow}}"


def saved(request: RequestContext, workflow: str, response: Response) -> Plain:
    """The version after a change."""
    _, version, _ = get_workflow(request.context.database, workflow)
    response.headers["etag"] = f'"{version}"'
    return {"id": workflow, "version": version}


@router.post(f"{API}/workflows", response_model=Saved, status_code=201)
def create(request: CurrentRequest, given: NewWorkflow, response: Response, key: Key = None) -> Plain:
    """Create a workflow without tasks. PUT …/document creates one with tasks and schedules."""

    def make(once: Once) -> None:
        create_workflow(request.changing(once.made, once=once), once.made, request.now, given.description)

    made = (
        make_once(request, key, given.id, make, response)
        if given.id
        else make_unnamed_once(request, key, lambda: next_workflow_id(request.context.database), make, response)
    )
    response.headers["location"] = f"{API}/workflows/{made}"
    return saved(request, made, response)


@router.put(ONE, response_model=Applied)
def replace_workflow(
    request: CurrentRequest,
    workflow: str,
    given: Annotated[Fields, Body(examples=[{"id": "nightly", "tasks": [{"id": "dump", "command": "backup.sh"}]}])],
    response: Response,
    if_match: IfMatch = None,
) -> Plain:
    """Replace the definition. GET /api/v1/schema describes it; without `schedules`, the schedules stay as they are."""
    document = load_one(json.dumps({"id": workflow, **given}, ensure_ascii=False), workflow)
    done = _apply(request, document, unless_changed(workflow, needed(if_match)), dry_run=False)
    response.headers["etag"] = f'"{done["version"]}"'
    return done


@router.patch(ONE, response_model=Saved)
def change(
    request: CurrentRequest, workflow: str, given: WorkflowChange, response: Response, if_match: IfMatch = None
) -> Plain:
    """Change some fields. Each change is a new version."""
    changes = {name: getattr(given, name) for name in given.model_fields_set}
    database = request.changing(", ".join(sorted(changes)), unless_changed(workflow, needed(if_match)))
    change_workflow(database, workflow, lambda old: changed_workflow(old, changes), request.now)
    return saved(request, workflow, response)


@router.delete(ONE, response_model=Deleted)
def delete(request: CurrentRequest, workflow: str, if_match: IfMatch = None) -> Plain:
    """Delete a workflow with its schedules and webhooks. Its history is kept, and POST …/restore restores it."""
    found, _, schedules = get_workflow(request.context.database, workflow)
    delete_workflow(request.changing("", unless_changed(workflow, needed(if_match))), workflow, request.now)
    return {"id": workflow, "deleted": True, "yaml": to_yaml(document_of(found, schedules))}


@router.post(f"{ONE}/restore", response_model=Restored, status_code=201)
def restore(request: CurrentRequest, workflow: str, given: DocumentText, response: Response) -> Plain:
    """Restore a deleted workflow from the document returned when it was deleted. Its version numbers continue."""
    document = load_one(given.yaml, workflow)
    done, left_out = restore_workflow(
        request.changing("", lambda db: unless_there(workflow, db)),
        request.context.settings.timezone,
        document,
        request.now,
    )
    response.headers["etag"] = f'"{done.version}"'
    return {"id": workflow, "version": done.version, "left_out": left_out}


@router.post(f"{ONE}/copy", response_model=Saved, status_code=201)
def copy(request: CurrentRequest, workflow: str, given: NewId, response: Response) -> Plain:
    """Copy the tasks into a new workflow. Schedules are not copied."""
    made = copy_workflow(request.changing(given.id), workflow, given.id, request.now)
    return saved(request, made.id, response)


@router.post(f"{ONE}/rename", response_model=Saved)
def rename(request: CurrentRequest, workflow: str, given: NewId, response: Response, if_match: IfMatch = None) -> Plain:
    """Rename a workflow. Its schedules and history stay with it."""
    check = unless_changed(workflow, needed(if_match))
    rename_workflow(request.changing(given.id, check), workflow, given.id, request.now)
    return saved(request, given.id, response)


@router.put(f"{ONE}/document", response_model=Applied)
def put_document(
    request: CurrentRequest,
    workflow: str,
    given: DocumentText,
    response: Response,
    if_match: IfMatch = None,
    dry_run: Annotated[bool, Query(description="only show what would change")] = False,
) -> Plain:
    """Apply a document to a workflow and its schedules; a workflow that does not exist is created."""
    document = load_one(given.yaml, workflow)
    tag = tag_of(if_match)
    there = request.context.database.read(lambda db: document_tag(db, workflow)) is not None
    if there and not tag and not dry_run:
        raise Problem(428, "If-Match is required: send the ETag of the document you edited.")
    done = _apply(request, document, unless_changed(workflow, tag, document=True), dry_run=dry_run)
    if not dry_run:
        new_tag = request.context.database.read(lambda db: document_tag(db, workflow))
        response.headers["etag"] = f'"{new_tag}"'
    return done


@router.post(f"{ONE}/pause", response_model=Saved)
def pause(request: CurrentRequest, workflow: str, response: Response) -> Plain:
    """Pause all schedules of the workflow."""
    change_workflow(request.changing(), workflow, lambda old: _enabled(old, False), request.now)
    return saved(request, workflow, response)


@router.post(f"{ONE}/resume", response_model=Saved)
def resume(request: CurrentRequest, workflow: str, response: Response) -> Plain:
    """Resume the schedules of the workflow."""
    change_workflow(request.changing(), workflow, lambda old: _enabled(old, True), request.now)
    return saved(request, workflow, response)


def _enabled(old: Workflow, enabled: bool) -> Workflow:
    return replace(old, enabled=enabled)


def _apply(request: RequestContext, document: Document, check: Callable[[Connection], None], *, dry_run: bool) -> Plain:
    present = schedules_of(request.context.database, document.workflow.id)
    settings = request.context.settings
    database = request.changing("", check)
    (done,) = apply_documents(
        database,
        settings.timezone,
        [document],
        request.now,
        home=settings.home,
        interpreters=settings.interpreters,
        dry_run=dry_run,
    )
    changes = (
        []
        if document.schedules is None
        else changes_of(document.workflow.id, present, document.schedules, settings.timezone, request.now)
    )
    changed = differences(request.context.database, changes, request.now, most=COMPARED)
    added, removed = added_and_removed(changed)
    return {
        **plain(done),
        "fires_added": [plain(fire) for fire in added],
        "fires_removed": [plain(fire) for fire in removed],
        "collisions": [
            {"schedule_id": difference.schedule_id, **plain(collision)}
            for difference in changed
            for collision in difference.collisions
        ],
        "dry_run": dry_run,
    }
