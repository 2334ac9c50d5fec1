"""Whether arguments come apart by this system's rules, and reach a batch file as they are."""

from __future__ import annotations

import sys

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.processes.command_line import cmd_arguments, split, windows_name

__all__ = ["check_arguments"]

_PLATFORM = "windows" if sys.platform == "win32" else "posix"


def check_arguments(workflow: Workflow) -> None:
    """Arguments in one text must come apart by this system's rules, and none may be read by cmd.exe as more than text.
    InvalidInput has the place."""
    for at, task in enumerate(workflow.tasks):
        try:
            args = split(task.args, _PLATFORM) if isinstance(task.args, str) else task.args
            batch = windows_name(task.command.strip('"'))[1] in (".bat", ".cmd")
            if _PLATFORM == "windows" and batch and not task.shell:
                cmd_arguments(args)
        except InvalidInput as error:
            raise InvalidInput(f"Task {task.id!r}: {error}", ("tasks", at, "args")) from None
