"""Reads workflows: lists, one with its details, versions and documents."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from workflow_scheduler.definitions.documents import json_schema, to_yaml
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.schedules.planning import with_overdue
from workflow_scheduler.operations.workflows.apply import document_of, warnings_in
from workflow_scheduler.operations.workflows.check import load_text
from workflow_scheduler.operations.workflows.pages import workflow_page
from workflow_scheduler.operations.workflows.show import get_workflow, workflow_detail
from workflow_scheduler.operations.workflows.versions import diff, document_tag, version_list
from workflow_scheduler.operations.workflows.versions import version as version_of
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.workflows import (
    DiffAnswer,
    DocumentAnswer,
    DocumentText,
    ValidAnswer,
    VersionAnswer,
    VersionRow,
    WorkflowAnswer,
    WorkflowPage,
)

__all__ = ["router"]

router = new_router("workflows")
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get(f"{API}/workflows", response_model=WorkflowPage)
def list_workflows(
    request: CurrentRequest,
    q: Annotated[str, Query(max_length=100, description="text in the workflow ID or the description")] = "",
    label: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Plain:
    """List workflows by name, a page at a time."""
    page = workflow_page(request.context.database, limit=limit, cursor=cursor, q=q, label=label)
    return {"items": [with_overdue(row, request.now) for row in page.items], "next_cursor": page.next_cursor}


@router.get(f"{API}/schema")
def schema() -> Plain:
    """The JSON Schema of a definition, for editors."""
    return json_schema()


@router.post(f"{API}/workflows/validate", response_model=ValidAnswer)
def validate(request: CurrentRequest, given: DocumentText) -> Plain:
    """Check a document without storing anything."""
    documents = load_text(given.yaml)
    return {
        "valid": True,
        "workflows": [document.workflow.id for document in documents],
        "warnings": [
            words
            for document in documents
            for words in warnings_in(document, request.context.settings.timezone, request.now)
        ],
    }


@router.get(f"{API}/workflows/{{workflow}}", response_model=WorkflowAnswer)
def show_workflow(request: CurrentRequest, workflow: str, response: Response) -> Plain:
    """The newest version of a workflow with its schedules and last runs."""
    found = workflow_detail(
        request.context.database, workflow, request.view, request.now, request.context.settings.timezone
    )
    response.headers["etag"] = f'"{found["version"]}"'
    return found


@router.get(f"{API}/workflows/{{workflow}}/document", response_model=DocumentAnswer)
def show_document(request: CurrentRequest, workflow: str, response: Response) -> Plain:
    """A workflow with its schedules as YAML."""
    tag = request.context.database.read(lambda db: document_tag(db, workflow))
    found, number, schedules = get_workflow(request.context.database, workflow)
    response.headers["etag"] = f'"{tag}"'
    return {"id": workflow, "version": number, "yaml": to_yaml(document_of(request.view(found), schedules))}


@router.get(f"{API}/workflows/{{workflow}}/versions", response_model=list[VersionRow])
def list_versions(request: CurrentRequest, workflow: str) -> list[Plain]:
    """Every version that is kept, newest first."""
    return [plain(version) for version in version_list(request.context.database, workflow)]


@router.get(f"{API}/workflows/{{workflow}}/versions/{{version}}", response_model=VersionAnswer)
def show_version(request: CurrentRequest, workflow: str, version: int) -> Plain:
    """One version as it was saved."""
    return plain(version_of(request.context.database, workflow, version, request.view))


@router.get(f"{API}/workflows/{{workflow}}/versions/{{version}}/diff", response_model=DiffAnswer)
def show_diff(
    request: CurrentRequest,
    workflow: str,
    version: int,
    against: Annotated[int | None, Query(ge=1, le=999_999_999, description="default: the previous version")] = None,
) -> Plain:
    """The lines in which a version differs from another."""
    before = max(1, version - 1) if against is None else against
    return plain(diff(request.context.database, workflow, version, before, request.view))
