"""All changes of schedules, each in one transaction. `now` is the time of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.deadlines import named_calendar
from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.identifiers import check_identifier, first_unused
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import DueFire, Schedule
from workflow_scheduler.engine.planner import calendars_of, due_times_of
from workflow_scheduler.operations.lookup import check_calendar, existing_schedule, existing_workflow
from workflow_scheduler.operations.schedules.problems import check_observed, problem_with
from workflow_scheduler.operations.schedules.reschedule import account_until, begun, reschedule
from workflow_scheduler.operations.schedules.values import check_values
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers.bounds import start_of
from workflow_scheduler.triggers.spec import parse_spec

__all__ = [
    "add_schedule",
    "check_pause",
    "delete_schedule",
    "edit_schedule",
    "next_schedule_id",
    "skip_fires",
]

_ASKED = "asked to skip it"
_MOST_LISTED = 2_000
"""Fires among which the next ones that run are searched."""


def add_schedule(
    database: Database,
    workflow_id: str,
    spec: dict[str, Any],
    now: datetime,
    *,
    timezone: str,
    schedule_id: str | None = None,
    policies: Policies = Policies(),
) -> Schedule:
    """Schedule a workflow; the first fire is the first after `now`. Refused for a date in the past."""
    wanted = Schedule("", workflow_id, parse_spec(spec, timezone), timezone, policies)
    check_observed(wanted)

    def work(db: Connection) -> Schedule:
        workflow = existing_workflow(db, workflow_id)
        check_calendar(db, policies.calendar)
        check_calendar(db, named_calendar(policies.deadlines.finish_by))
        known = catalog.schedule_ids_ever(db)
        name = schedule_id or first_unused("schedule", known)
        check_identifier("schedule", name)
        if catalog.find_schedule(db, name) is not None:
            raise Refused(f"The schedule {name!r} already exists; choose another ID, or edit that one.")
        check_values(workflow, policies.params)
        schedule = begun(db, replace(wanted, id=name), now, workflow.enabled, new=True)
        catalog.add_schedules(db, [schedule])
        return schedule

    return write_and_wake(database, work)


def next_schedule_id(database: Database) -> str:
    return database.read(lambda db: first_unused("schedule", catalog.schedule_ids_ever(db)))


def edit_schedule(
    database: Database, schedule_id: str, change: Callable[[Schedule], Schedule], now: datetime
) -> Schedule:
    """Replace a schedule with the result of `change`. Fires up to `now` follow the old one, later fires the new one."""

    def work(db: Connection) -> Schedule:
        old = existing_schedule(db, schedule_id)
        new = change(old)
        if new == old:
            return old
        check_observed(new)
        if new.policies.calendar != old.policies.calendar:
            check_calendar(db, new.policies.calendar)
        if new.policies.deadlines != old.policies.deadlines:
            check_calendar(db, named_calendar(new.policies.deadlines.finish_by))
        if new.enabled and new.spec == old.spec and (problem := problem_with(new)):
            raise InvalidInput(f"The schedule {schedule_id!r} cannot fire: {problem}")
        workflow = existing_workflow(db, old.workflow_id)
        if new.policies.params != old.policies.params or (new.enabled and not old.enabled):
            check_values(workflow, new.policies.params)
        return reschedule(db, old, new, now, was=workflow.enabled, will=workflow.enabled)

    return write_and_wake(database, work)


def check_pause(schedule: Schedule, now: datetime) -> None:
    """InvalidInput for a pause that would have ended already."""
    until = schedule.policies.paused_until
    if until is not None and start_of(until, schedule.timezone) <= now:
        raise InvalidInput(f"{until} ({schedule.timezone}) is in the past; choose a time in the future.")


def skip_fires(database: Database, schedule_id: str, count: int, now: datetime, by: str) -> list[DueFire]:
    """Skip the next `count` runs of a schedule, and those alone: 0 takes back what was asked before. Returns the skipped
    fires."""
    skipped: list[DueFire] = []

    def work(db: Connection) -> None:
        old = existing_schedule(db, schedule_id)
        if problem := problem_with(old):
            raise InvalidInput(f"The schedule {schedule_id!r} cannot fire: {problem}")
        others = tuple(skip for skip in old.planner.skips if not skip[1].endswith(_ASKED))
        unskipped = replace(old, planner=replace(old.planner, skips=others))
        trigger = due_times_of(unskipped, calendars_of(db, [old]))
        after = max(now, old.planner.cursor or now)
        skipped[:] = [fire for fire in trigger.coming(after, _MOST_LISTED) if fire.runs][:count]
        skips = tuple((fire.nominal, f"{by} {_ASKED}") for fire in skipped)
        new = replace(old, planner=replace(old.planner, skips=(*others, *skips)))
        enabled = existing_workflow(db, old.workflow_id).enabled
        reschedule(db, old, new, now, was=enabled, will=enabled)

    write_and_wake(database, work)
    return skipped


def delete_schedule(database: Database, schedule_id: str, now: datetime) -> None:
    def work(db: Connection) -> None:
        schedule = existing_schedule(db, schedule_id)
        account_until(db, schedule, now, existing_workflow(db, schedule.workflow_id).enabled)
        catalog.delete_schedule(db, schedule_id)

    write_and_wake(database, work)
