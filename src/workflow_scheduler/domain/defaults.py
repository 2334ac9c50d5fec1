"""What the tasks of a home have unless their workflow or they themselves say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .fields import declare, find_field
from .placement import WhenUnreachable
from .quick_dataclass import dataclass
from .task import Retry, Task
from .workflow import Workflow

__all__ = ["Defaults", "with_defaults"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """`problem`: why they could not be read, so that no command can be started; empty if they could."""

    env: Mapping[str, str] = declare(find_field(Workflow, "env").about, factory=dict)
    working_dir: str | None = declare(find_field(Workflow, "working_dir").about, default=None)
    retry: Retry = declare(find_field(Task, "retry").about, default=Retry())
    timeout: float | None = declare(find_field(Task, "timeout").about, default=None)
    problem: str = ""


def with_defaults(workflow: Workflow, defaults: Defaults) -> Workflow:
    """The workflow as it runs: its `env` is that of both, and its tasks have what they do not say themselves."""
    folder = workflow.working_dir or defaults.working_dir
    env = {**defaults.env, **workflow.env} if defaults.env else workflow.env
    place, unreachable = workflow.place, workflow.when_unreachable
    tasks = workflow.tasks
    if folder is not None or defaults.retry != Retry() or defaults.timeout is not None or place.elsewhere:
        tasks = tuple(
            replace(
                task,
                working_dir=task.working_dir or folder,
                retry=defaults.retry if task.retry == Retry() else task.retry,
                timeout=defaults.timeout if task.timeout is None else task.timeout,
                place=task.place if task.place.elsewhere else place,
            )
            for task in tasks
        )
    if unreachable != WhenUnreachable():
        tasks = tuple(
            replace(task, when_unreachable=unreachable) if task.when_unreachable == WhenUnreachable() else task
            for task in tasks
        )
    return workflow if env is workflow.env and tasks is workflow.tasks else replace(workflow, env=env, tasks=tasks)
