"""Workflows as stored: a definition as JSON, which stays readable when fields are added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workflow_scheduler.domain.fields import from_stored
from workflow_scheduler.domain.parameters import Parameter
from workflow_scheduler.domain.task import OutputFile, Task
from workflow_scheduler.domain.workflow import Workflow

__all__ = ["from_snapshot", "params_from", "to_snapshot"]


def to_snapshot(workflow: Workflow) -> dict[str, Any]:
    return asdict(workflow)


def from_snapshot(stored: Mapping[str, Any]) -> Workflow:
    values = {**from_stored(Workflow, stored), "tasks": tuple(_task(task) for task in stored["tasks"])}
    if "params" in values:
        values["params"] = params_from(values["params"])
    return Workflow(**values)


def params_from(stored: Mapping[str, Any]) -> dict[str, Parameter]:
    return {name: Parameter(**from_stored(Parameter, parameter)) for name, parameter in stored.items()}


def _task(stored: Mapping[str, Any]) -> Task:
    files = tuple(OutputFile(**output_file) for output_file in stored["output_files"])
    return Task(**{**from_stored(Task, stored), "output_files": files})
