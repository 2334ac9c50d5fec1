"""Whether arguments that are written as one text come apart by this system's rules."""

from __future__ import annotations

import sys

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.processes.command_line import split

__all__ = ["check_arguments"]


def check_arguments(workflow: Workflow) -> None:
    """Arguments in one text must come apart by this system's rules. InvalidInput has the place."""
    for at, task in enumerate(workflow.tasks):
        if isinstance(task.args, str):
            try:
                split(task.args, "windows" if sys.platform == "win32" else "posix")
            except InvalidInput as error:
                raise InvalidInput(f"Task {task.id!r}: {error}", ("tasks", at, "args")) from None
