"""Workflows as stored: a definition as JSON, which stays readable when fields are added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NamedTuple

from workflow_scheduler.domain.deadlines import WorkflowDeadlines
from workflow_scheduler.domain.fields import from_stored
from workflow_scheduler.domain.output_file import OutputFile
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow

__all__ = [
    "PlannedDeadlines",
    "deadlines_from",
    "from_snapshot",
    "params_from",
    "planned_deadlines",
    "task_from",
    "to_snapshot",
]


class PlannedDeadlines(NamedTuple):
    """What planning needs of a workflow's deadlines: its own, and by when which of its tasks have to finish."""

    workflow: WorkflowDeadlines
    tasks: Mapping[str, str]


def to_snapshot(workflow: Workflow) -> dict[str, Any]:
    return asdict(workflow)


def from_snapshot(stored: Mapping[str, Any]) -> Workflow:
    values = {**from_stored(Workflow, stored), "tasks": tuple(task_from(task) for task in stored["tasks"])}
    if "params" in values:
        values["params"] = params_from(values["params"])
    return Workflow(**values)


def params_from(stored: Mapping[str, Any]) -> dict[str, Parameter]:
    return {name: Parameter(**from_stored(Parameter, parameter)) for name, parameter in stored.items()}


def task_from(stored: Mapping[str, Any]) -> Task:
    files = tuple(OutputFile(**from_stored(OutputFile, output_file)) for output_file in stored["output_files"])
    return Task(**{**from_stored(Task, stored), "output_files": files})


def planned_deadlines(workflow: Workflow) -> dict[str, Any] | None:
    """The planned deadlines as JSON; None if there are none."""
    tasks = {task.id: task.deadlines.finish_by for task in workflow.tasks if task.deadlines.finish_by is not None}
    own = workflow.deadlines
    if not tasks and own.start_within is None and own.finish_by is None:
        return None
    return {"workflow": asdict(own), "tasks": tasks}


@lru_cache(maxsize=1024)
def deadlines_from(text: str) -> PlannedDeadlines:
    """Those of `planned_deadlines`, as stored: each fire of a schedule reads the same."""
    stored = json.loads(text)
    return PlannedDeadlines(WorkflowDeadlines(**stored["workflow"]), stored["tasks"])
