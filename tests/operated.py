"""The operations on one database, said without naming it each time."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.fields import declared_fields
from workflow_scheduler.domain.policies import Policies
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.operations.runs import lists as list_runs
from workflow_scheduler.operations.runs import show as show_runs
from workflow_scheduler.operations.schedules import edit as edit_schedules
from workflow_scheduler.operations.schedules import show as show_schedules
from workflow_scheduler.operations.workflows import edit as edit_workflows
from workflow_scheduler.operations.workflows import lists as list_workflows
from workflow_scheduler.operations.workflows import show as show_workflows
from workflow_scheduler.operations.workflows import tasks
from workflow_scheduler.storage.database import Database


class Commands:
    """What changes definitions."""

    def __init__(self, database: Database, timezone: str) -> None:
        self.database = database
        self.timezone = timezone

    def __getattr__(self, name: str) -> Any:
        room = next(room for room in (edit_workflows, tasks, edit_schedules) if name in room.__all__)
        return functools.partial(getattr(room, name), self.database)

    def add_schedule(self, *values: Any, timezone: str | None = None, **policies: Any) -> Schedule:
        named = {"schedule_id": policies.pop("schedule_id", None), "timezone": timezone or self.timezone}
        return edit_schedules.add_schedule(self.database, *values, policies=Policies(**policies), **named)


_SHOWING = (show_workflows, list_workflows, show_schedules, show_runs, list_runs)


class Queries:
    """What shows them, and their runs."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database = database
        self.home = home

    def __getattr__(self, name: str) -> Any:
        name = {"workflow": "get_workflow", "schedule": "get_schedule", "estimate": "run_estimate"}.get(name, name)
        room = next(room for room in _SHOWING if name in room.__all__)
        return functools.partial(getattr(room, name), self.database)

    def run(self, run_id: str) -> Any:
        return show_runs.get_run(self.database, self.home, run_id)


def changed(schedule: Schedule, **changes: Any) -> Schedule:
    """A schedule with some of its values and policies as given."""
    names = {field.name for field in declared_fields(Policies)}
    values = {name: value for name, value in changes.items() if name not in names}
    return replace(schedule, **values).with_policies(**{name: changes[name] for name in names & changes.keys()})
