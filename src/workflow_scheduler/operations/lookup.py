"""Looks up what a request names; NotFound lists what exists."""

from __future__ import annotations

from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.storage import calendars as calendar_store
from workflow_scheduler.storage import catalog, queries_workflows
from workflow_scheduler.storage.database import Connection

__all__ = ["check_calendar", "existing_calendar", "existing_schedule", "existing_workflow", "no_such"]

_LISTS = {
    "workflow": "workflow list",
    "schedule": "schedule list",
    "calendar": "calendar list",
    "run": "runs list",
    "backfill": "backfill list",
    "webhook": "webhook list",
    "user": "user list",
    "token": "token list",
    "worker": "workers list",
}


def no_such(noun: str, name: str) -> NotFound:
    return NotFound(
        f"There is no {noun} {name!r}", hint=f"see them with 'scheduler {_LISTS[noun]}'", about={noun: name}
    )


def existing_workflow(db: Connection, workflow_id: str) -> Workflow:
    found = catalog.find_workflow(db, workflow_id)
    if found is None:
        known, about = ", ".join(queries_workflows.workflow_ids(db)[:5]), {"workflow": workflow_id}
        if not known:
            hint = "there is none yet: create one with 'scheduler workflow create'"
            raise NotFound(f"There is no workflow {workflow_id!r}", hint=hint, about=about)
        raise NotFound(f"There is no workflow {workflow_id!r}; there are: {known}.", about=about)
    return found[0]


def existing_schedule(db: Connection, schedule_id: str) -> Schedule:
    schedule = catalog.find_schedule(db, schedule_id, lock=True)
    if schedule is None:
        raise no_such("schedule", schedule_id)
    return schedule


def existing_calendar(db: Connection, name: str) -> calendar_store.StoredCalendar:
    found = calendar_store.find_calendar(db, name)
    if found is None:
        raise no_such("calendar", name)
    return found


def check_calendar(db: Connection, name: str | None) -> None:
    """InvalidInput if a schedule names a calendar that does not exist."""
    if name is None:
        return
    names = calendar_store.calendar_names(db)
    if name not in names:
        known = f"there are: {', '.join(names[:10])}" if names else "there is none yet"
        raise InvalidInput(f"There is no calendar {name!r}; {known}. Apply its definition first.")
