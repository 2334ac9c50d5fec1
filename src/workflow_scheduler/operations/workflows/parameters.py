"""Checks a workflow's parameters and placeholders, and that its schedules fit them."""

from __future__ import annotations

from collections.abc import Iterable

from workflow_scheduler.domain.parameter_check import parameter_mistakes, placeholder_mistakes
from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.schedules.values import refuse_unfit

__all__ = ["check_parameters"]


def check_parameters(workflow: Workflow, schedules: Iterable[Schedule]) -> None:
    """InvalidInput for the first mistake in the workflow, Refused for schedules whose values do not fit."""
    for mistake in parameter_mistakes(workflow, for_cmd=workflow.read_by_cmd()):
        raise mistake
    for mistake in placeholder_mistakes(workflow):
        raise mistake
    refuse_unfit(workflow, schedules)
