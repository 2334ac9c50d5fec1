"""One workflow with all that belongs to it."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import datetime

from workflow_scheduler.definitions.plain import plain_of
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.fields import declared_fields
from workflow_scheduler.domain.parameter_values import value_of
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.access.redaction import View
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.runs.lists import run_estimate
from workflow_scheduler.operations.runs.moments import moment_of_run
from workflow_scheduler.operations.schedules.planning import with_overdue
from workflow_scheduler.operations.schedules.show import schedule_row
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database

from .pages import bars_of

__all__ = ["get_workflow", "workflow_detail"]


def get_workflow(database: Database, workflow_id: str) -> tuple[Workflow, int, list[Schedule]]:
    """The newest version, its number, and the schedules."""

    def work(db: Connection) -> tuple[Workflow, int, list[Schedule]]:
        found = catalog.find_workflow(db, workflow_id)
        if found is None:
            raise no_such("workflow", workflow_id)
        return *found, catalog.list_schedules(db, workflow_id)

    return database.read(work)


def workflow_detail(database: Database, workflow_id: str, view: View, now: datetime, timezone: str) -> Plain:
    """The newest version with its tasks, its graph, its schedules and its last runs; its fields are those declared.
    `timezone`: the zone of dates in the values that parameters have by default."""
    workflow, version, schedules = get_workflow(database, workflow_id)
    workflow = view(workflow)
    moment = database.read(lambda db: moment_of_run(db, workflow_id, now, timezone))
    return {
        "version": version,
        **{field.name: getattr(workflow, field.name) for field in declared_fields(Workflow)},
        **{name: asdict(getattr(workflow, name)) for name in ("deadlines", "place", "when_unreachable")},
        "params": {name: _parameter(name, parameter, moment) for name, parameter in workflow.params.items()},
        "tasks": [plain_of(task) for task in workflow.tasks],
        "graph": {task: list(before) for task, before in workflow.predecessors.items()},
        "schedules": [
            with_overdue(schedule_row(schedule, workflow_enabled=workflow.enabled), now) for schedule in schedules
        ],
        "history": [plain(bar) for bar in database.read(lambda db: bars_of(db, workflow_id))],
        "estimate_seconds": run_estimate(database, workflow_id),
    }


def _parameter(name: str, parameter: Parameter, moment: Moment) -> Plain:
    """With its type in any case, and the `value` that a run now would have by default; null if it is required."""
    value = None
    with contextlib.suppress(InvalidInput):
        value = value_of(name, parameter, None, moment)
    return {"type": parameter.type.value, **plain_of(parameter), "required": parameter.required, "value": value}
