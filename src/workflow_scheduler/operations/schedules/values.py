"""Checks that schedules give the parameters of their workflow what they need."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.parameter_check import SAMPLE, value_mistakes
from workflow_scheduler.domain.parameter_values import resolve
from workflow_scheduler.domain.placeholders import fill
from workflow_scheduler.domain.schedule import Schedule, ScheduleDefinition
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.system.tilde import expanded

__all__ = ["check_values", "lost_paths", "refuse_unfit", "unfit"]


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


def lost_paths(
    workflow: Workflow, schedules: Iterable[Schedule | ScheduleDefinition], home: Path
) -> Iterator[tuple[str, str]]:
    """Schedules with a path that must exist and does not, each with a sentence."""
    for schedule in schedules:
        for name, parameter in workflow.params.items():
            given = schedule.policies.params.get(name, parameter.default)
            if parameter.must_exist and isinstance(given, str):
                path = fill(given, {}, SAMPLE) if given == parameter.default else given
                if path == given and not os.path.lexists(home / expanded(path)):
                    yield schedule.id, f"The path {path!r} of the parameter {name!r} does not exist."
