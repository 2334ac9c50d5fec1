"""Failures that are known again: listed and noted."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.failures import failure_list, note_failure
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.failures import FailureList, FailureNote, NotedFailure

__all__ = ["router"]

router = new_router("runs")


@router.get(f"{API}/failures", response_model=FailureList)
def list_failures(
    request: CurrentRequest,
    workflow: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Plain:
    """Failures, the same ones together, the latest first."""
    return {"items": [plain(row) for row in failure_list(request.context.database, limit, workflow)]}


@router.post(f"{API}/runs/{{run}}/notes", response_model=NotedFailure)
def note(request: CurrentRequest, run: str, given: FailureNote) -> Plain:
    """Leave a note about the failure of a run; it is shown whenever that failure happens."""
    home = request.context.settings.home
    task = note_failure(request.changing(), home, run, given.text, request.visitor.name, request.now)
    return {"run_id": run, "task_id": task}
