"""All changes of schedules, each in one transaction. `now` is the time of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.identifiers import check_identifier, first_unused
from workflow_scheduler.domain.schedule import Policies, Schedule
from workflow_scheduler.operations.lookup import existing_schedule, existing_workflow
from workflow_scheduler.operations.schedules.problems import problem_with
from workflow_scheduler.operations.schedules.reschedule import account_until, begun, reschedule
from workflow_scheduler.operations.schedules.values import check_values
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers.spec import parse_spec

__all__ = ["add_schedule", "delete_schedule", "edit_schedule", "next_schedule_id"]


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

    def work(db: Connection) -> Schedule:
        workflow = existing_workflow(db, workflow_id)
        known = catalog.schedule_ids_ever(db)
        name = schedule_id or first_unused("schedule", known)
        check_identifier("schedule", name)
        if catalog.find_schedule(db, name) is not None:
            raise Refused(f"The schedule {name!r} already exists; choose another ID, or edit that one.")
        check_values(workflow, policies.params)
        schedule = begun(replace(wanted, id=name), now, workflow.enabled, new=True)
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
        if new.enabled and new.spec == old.spec and (problem := problem_with(new)):
            raise InvalidInput(f"The schedule {schedule_id!r} cannot fire: {problem}")
        workflow = existing_workflow(db, old.workflow_id)
        if new.policies.params != old.policies.params or (new.enabled and not old.enabled):
            check_values(workflow, new.policies.params)
        return reschedule(db, old, new, now, was=workflow.enabled, will=workflow.enabled)

    return write_and_wake(database, work)


def delete_schedule(database: Database, schedule_id: str, now: datetime) -> None:
    def work(db: Connection) -> None:
        schedule = existing_schedule(db, schedule_id)
        account_until(db, schedule, now, existing_workflow(db, schedule.workflow_id).enabled)
        catalog.delete_schedule(db, schedule_id)

    write_and_wake(database, work)
