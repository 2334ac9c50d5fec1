"""Creates, changes, pauses and deletes schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Response

from workflow_scheduler.definitions.documents import changed_policies
from workflow_scheduler.domain.schedule import Policies, Schedule
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.idempotency import Once
from workflow_scheduler.operations.schedules.edit import add_schedule, delete_schedule, edit_schedule, next_schedule_id
from workflow_scheduler.operations.schedules.reschedule import unless_rescheduled
from workflow_scheduler.operations.schedules.show import get_schedule, schedule_row
from workflow_scheduler.operations.workflows.show import get_workflow
from workflow_scheduler.triggers.warnings import warnings_of
from workflow_scheduler.web.creation import Key, make_once, make_unnamed_once
from workflow_scheduler.web.permissions import API
from workflow_scheduler.web.preconditions import IfMatch, needed
from workflow_scheduler.web.request import Ask, Asked
from workflow_scheduler.web.schemas.schedules import NewSchedule, ScheduleChange, ScheduleSaved

__all__ = ["router"]

router = APIRouter(tags=["schedules"])
ONE = f"{API}/schedules/{{schedule}}"


def _answer(asked: Asked, found: Schedule, response: Response, *, warned: bool) -> Plain:
    response.headers["etag"] = f'"{found.planner.generation}"'
    workflow, _, _ = get_workflow(asked.desk.database, found.workflow_id)
    warnings = warnings_of(found.spec, found.timezone, asked.now) if warned else []
    return {**plain(schedule_row(found, workflow_enabled=workflow.enabled)), "warnings": warnings}


@router.post(f"{API}/schedules", response_model=ScheduleSaved, status_code=201)
def create(asked: Ask, given: NewSchedule, response: Response, key: Key = None) -> Plain:
    """Add a schedule to a workflow."""

    def make(once: Once) -> None:
        add_schedule(
            asked.changing(given.workflow_id, once=once),
            given.workflow_id,
            given.spec(),
            asked.now,
            schedule_id=once.made,
            timezone=given.timezone or asked.desk.settings.timezone,
            policies=changed_policies(Policies(), given.policies()),
        )

    made = (
        make_once(asked, key, given.id, make, response)
        if given.id
        else make_unnamed_once(asked, key, lambda: next_schedule_id(asked.desk.database), make, response)
    )
    response.headers["location"] = f"{API}/schedules/{made}"
    return _answer(asked, get_schedule(asked.desk.database, made), response, warned=True)


@router.patch(ONE, response_model=ScheduleSaved)
def change(asked: Ask, schedule: str, given: ScheduleChange, response: Response, if_match: IfMatch = None) -> Plain:
    """Change when and how a schedule fires. Fires up to now follow the old settings."""
    spec, policies = given.spec(), given.policies()

    def changed(old: Schedule) -> Schedule:
        changed = changed_policies(old.policies, policies)
        return replace(old, spec=spec or old.spec, timezone=given.timezone or old.timezone, policies=changed)

    return _edit(asked, schedule, changed, response, needed(if_match), warned=bool(spec or given.timezone))


@router.post(f"{ONE}/pause", response_model=ScheduleSaved)
def pause(asked: Ask, schedule: str, response: Response) -> Plain:
    """Pause a schedule. Fires due in the meantime are recorded as skipped."""
    return _edit(asked, schedule, lambda old: old.with_policies(enabled=False), response)


@router.post(f"{ONE}/resume", response_model=ScheduleSaved)
def resume(asked: Ask, schedule: str, response: Response) -> Plain:
    """Resume a paused schedule."""
    return _edit(asked, schedule, lambda old: old.with_policies(enabled=True), response)


@router.delete(ONE, status_code=204)
def delete(asked: Ask, schedule: str, if_match: IfMatch = None) -> None:
    """Delete a schedule. The record of its fires is kept."""
    delete_schedule(asked.changing("", unless_rescheduled(schedule, needed(if_match))), schedule, asked.now)


def _edit(
    asked: Asked,
    schedule: str,
    changed: Callable[[Schedule], Schedule],
    response: Response,
    expected: str = "*",
    *,
    warned: bool = False,
) -> Plain:
    database = asked.changing("", unless_rescheduled(schedule, expected))
    return _answer(asked, edit_schedule(database, schedule, changed, asked.now), response, warned=warned)
