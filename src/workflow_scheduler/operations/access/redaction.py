"""Hides possible secrets from users who cannot change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workflow_scheduler.domain.account import Role
from workflow_scheduler.domain.workflow import Workflow

__all__ = ["MASK", "View", "view_of"]

MASK = "•••"
View = Callable[[Workflow], Workflow]
"""A definition as this role may see it."""


def view_of(role: Role) -> View:
    """Authors see whole definitions; others see them without the values of environment variables, and without where
    secrets are kept: the arguments of a command may say too much."""
    return _whole if role.covers(Role.AUTHOR) else _masked


def _whole(workflow: Workflow) -> Workflow:
    return workflow


def _masked(workflow: Workflow) -> Workflow:
    tasks = tuple(replace(task, env=dict.fromkeys(task.env, MASK)) for task in workflow.tasks)
    secrets = dict.fromkeys(workflow.secrets, MASK)
    return replace(workflow, env=dict.fromkeys(workflow.env, MASK), secrets=secrets, tasks=tasks)
