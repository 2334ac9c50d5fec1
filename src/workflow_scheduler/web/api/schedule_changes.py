"""Creates, changes, pauses and deletes schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import Response

from workflow_scheduler.definitions.documents import changed_policies
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.idempotency import Once
from workflow_scheduler.operations.schedules.edit import (
    add_schedule,
    check_pause,
    delete_schedule,
    edit_schedule,
    next_schedule_id,
    skip_fires,
)
from workflow_scheduler.operations.schedules.reschedule import unless_rescheduled
from workflow_scheduler.operations.schedules.show import get_schedule, schedule_row
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.operations.workflows.show import get_workflow
from workflow_scheduler.triggers.warnings import warnings_of
from workflow_scheduler.web.creation import Key, make_once, make_unnamed_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.preconditions import IfMatch, needed
from workflow_scheduler.web.request import CurrentRequest, RequestContext
from workflow_scheduler.web.routing import new_router
from workflow_scheduler.web.schemas.schedules import (
    NewSchedule,
    PauseRequest,
    ScheduleChange,
    ScheduleSaved,
    SkipAnswer,
    SkipRequest,
)

__all__ = ["router"]

router = new_router("schedules")
ONE = f"{API}/schedules/{{schedule}}"


def _answer(request: RequestContext, found: Schedule, response: Response, *, warned: bool) -> Plain:
    response.headers["etag"] = f'"{found.planner.generation}"'
    workflow, _, _ = get_workflow(request.context.database, found.workflow_id)
    warnings = warnings_of(found.spec, found.timezone, request.now) if warned else []
    return {**plain(schedule_row(found, workflow_enabled=workflow.enabled)), "warnings": warnings}


@router.post(f"{API}/schedules", response_model=ScheduleSaved, status_code=201)
def create(request: CurrentRequest, given: NewSchedule, response: Response, key: Key = None) -> Plain:
    """Add a schedule to a workflow."""

    def make(once: Once) -> None:
        add_schedule(
            request.changing(given.workflow_id, once=once),
            given.workflow_id,
            given.spec(),
            request.now,
            schedule_id=once.made,
            timezone=given.timezone or request.context.settings.timezone,
            policies=changed_policies(Policies(), given.policies()),
        )

    made = (
        make_once(request, key, given.id, make, response)
        if given.id
        else make_unnamed_once(request, key, lambda: next_schedule_id(request.context.database), make, response)
    )
    response.headers["location"] = f"{API}/schedules/{made}"
    return _answer(request, get_schedule(request.context.database, made), response, warned=True)


@router.patch(ONE, response_model=ScheduleSaved)
def change(
    request: CurrentRequest, schedule: str, given: ScheduleChange, response: Response, if_match: IfMatch = None
) -> Plain:
    """Change when and how a schedule fires. Fires up to now follow the old settings."""
    spec, policies = given.spec(), given.policies()

    def changed(old: Schedule) -> Schedule:
        changed = changed_policies(old.policies, policies)
        return replace(old, spec=spec or old.spec, timezone=given.timezone or old.timezone, policies=changed)

    return _edit(request, schedule, changed, response, needed(if_match), warned=bool(spec or given.timezone))


@router.post(f"{ONE}/pause", response_model=ScheduleSaved)
def pause(request: CurrentRequest, schedule: str, response: Response, given: PauseRequest | None = None) -> Plain:
    """Pause a schedule, until it is resumed or until a time. Fires due in the meantime are recorded as skipped."""
    until = given.until if given else None

    def changed(old: Schedule) -> Schedule:
        new = replace(old, policies=changed_policies(old.policies, {"enabled": bool(until), "paused_until": until}))
        check_pause(new, request.now)
        return new

    return _edit(request, schedule, changed, response)


@router.post(f"{ONE}/skip", response_model=SkipAnswer)
def skip(request: CurrentRequest, schedule: str, given: SkipRequest) -> Plain:
    """Skip the next runs of a schedule, and those alone. They are recorded as skipped, with who asked."""
    by = request.visitor.name
    skipped = skip_fires(
        request.changing("", unless_rescheduled(schedule, "*")), schedule, given.count, request.now, by
    )
    return {"skipped": [iso(fire.nominal) for fire in skipped]}


@router.post(f"{ONE}/resume", response_model=ScheduleSaved)
def resume(request: CurrentRequest, schedule: str, response: Response) -> Plain:
    """Resume a paused schedule."""
    return _edit(request, schedule, lambda old: old.with_policies(enabled=True, paused_until=None), response)


@router.delete(ONE, status_code=204)
def delete(request: CurrentRequest, schedule: str, if_match: IfMatch = None) -> None:
    """Delete a schedule. The record of its fires is kept."""
    delete_schedule(request.changing("", unless_rescheduled(schedule, needed(if_match))), schedule, request.now)


def _edit(
    request: RequestContext,
    schedule: str,
    changed: Callable[[Schedule], Schedule],
    response: Response,
    expected: str = "*",
    *,
    warned: bool = False,
) -> Plain:
    database = request.changing("", unless_rescheduled(schedule, expected))
    return _answer(request, edit_schedule(database, schedule, changed, request.now), response, warned=warned)
