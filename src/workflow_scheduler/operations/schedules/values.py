"""Checks that schedules give the parameters of their workflow what they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.parameter_check import SAMPLE, value_mistakes
from workflow_scheduler.domain.parameter_values import resolve
from workflow_scheduler.domain.schedule import Schedule, ScheduleDefinition
from workflow_scheduler.domain.workflow import Workflow

__all__ = ["check_values", "refuse_unfit", "unfit"]


def check_values(workflow: Workflow, values: Mapping[str, Any]) -> None:
    """WrongParameters if a schedule with these values would fail when it is due."""
    if workflow.params or values:
        resolve(workflow.params, values, SAMPLE, for_cmd=workflow.read_by_cmd())


def refuse_unfit(workflow: Workflow, schedules: Iterable[Schedule | ScheduleDefinition]) -> None:
    """Refused if a schedule would fail for its values when it is due."""
    for schedule_id, sentence in unfit(workflow, schedules):
        raise Refused(
            f"The schedule {schedule_id!r} does not fit {workflow.id!r}: {sentence}",
            about={"workflow": workflow.id, "schedule": schedule_id},
        )


def unfit(workflow: Workflow, schedules: Iterable[Schedule | ScheduleDefinition]) -> Iterator[tuple[str, str]]:
    """Schedules whose values do not fit the parameters, each with the first reason."""
    for schedule in schedules:
        values = schedule.policies.params
        for _, sentence in value_mistakes(workflow, values, for_cmd=workflow.read_by_cmd()):
            yield schedule.id, sentence
            break
