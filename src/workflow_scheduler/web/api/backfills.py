"""Backfills: created, listed, shown, paused, resumed, cancelled and retried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Query, Response

from workflow_scheduler.domain.identifiers import new_run_id
from workflow_scheduler.operations.backfills.changes import (
    cancel_backfill,
    create_backfill,
    pause_backfill,
    resume_backfill,
    retry_backfill,
)
from workflow_scheduler.operations.backfills.plan import plan_backfill
from workflow_scheduler.operations.backfills.request import backfill_request
from workflow_scheduler.operations.backfills.show import backfill_detail, backfill_list, get_backfill
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.transactions import Database
from workflow_scheduler.web.creation import Key, make_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.backfills import (
    BackfillAnswer,
    BackfillCreated,
    BackfillDetail,
    BackfillList,
    BackfillPlanAnswer,
    BackfillRetried,
    NewBackfill,
)

__all__ = ["router"]

router = new_router("backfills")
ONE = f"{API}/backfills/{{backfill}}"


@router.get(f"{API}/backfills", response_model=BackfillList)
def list_backfills(
    request: CurrentRequest,
    workflow: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Plain:
    """Backfills with their progress, newest first."""
    return {"items": [plain(row) for row in backfill_list(request.context.database, workflow, limit)]}


@router.post(f"{API}/backfills", response_model=BackfillCreated | BackfillPlanAnswer, status_code=201)
def create(request: CurrentRequest, given: NewBackfill, response: Response, key: Key = None) -> Plain:
    """Run past times of a workflow's schedules; with `dry_run`, only answer which. Of the runs that it starts, as many as
    `parallel` run at once, behind all other runs that wait."""
    context = request.context
    wanted = backfill_request(
        given.workflow,
        given.from_,
        given.to,
        schedule_id=given.schedule,
        only=given.only,
        order=given.order,
        parallel=given.parallel,
        between=given.between,
        params=given.params,
        as_of=given.as_of,
    )
    if given.dry_run:
        response.status_code = 200
        return plain(plan_backfill(context.database, wanted, request.now))
    name, by = new_run_id(request.now), request.visitor.name

    def make(database: Database) -> None:
        create_backfill(database, wanted, request.now, by, backfill_id=name)

    backfill_id = make_once(request, key, name, lambda once: make(request.changing(name, once=once)), response)
    response.headers["location"] = f"{API}/backfills/{backfill_id}"
    total = get_backfill(context.database, backfill_id).total
    return {"id": backfill_id, "will_run": total, "repeated": response.status_code == 200}


@router.get(ONE, response_model=BackfillDetail)
def show(
    request: CurrentRequest,
    backfill: str,
    limit: Annotated[int, Query(ge=1, le=1000)] = 400,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Plain:
    """A backfill with its times, a page at a time."""
    return plain(backfill_detail(request.context.database, backfill, request.now, limit=limit, cursor=cursor))


@router.post(f"{ONE}/pause", response_model=BackfillAnswer)
def pause(request: CurrentRequest, backfill: str) -> Plain:
    """Start no more of its runs; those in progress continue."""
    return _changed(request, backfill, pause_backfill)


@router.post(f"{ONE}/resume", response_model=BackfillAnswer)
def resume(request: CurrentRequest, backfill: str) -> Plain:
    """Start runs of a paused backfill again."""
    return _changed(request, backfill, resume_backfill)


@router.post(f"{ONE}/cancel", response_model=BackfillAnswer)
def cancel(request: CurrentRequest, backfill: str) -> Plain:
    """Start no more of its runs, and cancel those that have not ended."""
    return _changed(request, backfill, cancel_backfill)


@router.post(f"{ONE}/retry", response_model=BackfillRetried)
def retry(request: CurrentRequest, backfill: str) -> Plain:
    """Run the times again whose runs did not succeed, from where they failed, and those that never ran."""
    return plain(retry_backfill(request.changing(), backfill, request.now))


def _changed(request: RequestContext, backfill: str, change: Callable[[Database, str, datetime], None]) -> Plain:
    change(request.changing(), backfill, request.now)
    return plain(get_backfill(request.context.database, backfill))
