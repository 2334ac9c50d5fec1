"""Whether arguments come apart by this system's rules, and reach cmd.exe as they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.processes.cmd_exe import BATCH_ENDINGS, batch_line, built_in_line, is_built_in
from workflow_scheduler.processes.command_line import split, windows_name

__all__ = ["check_arguments"]

_PLATFORM = "windows" if sys.platform == "win32" else "posix"


def check_arguments(workflow: Workflow) -> None:
    """Arguments in one text must come apart by this system's rules, and none may be read by cmd.exe as more than text.
    InvalidInput has the place."""
    for at, task in enumerate(workflow.tasks):
        try:
            args = split(task.args, _PLATFORM) if isinstance(task.args, str) else task.args
            if _PLATFORM == "windows" and not task.shell:
                _check_for_cmd(task.command, args)
        except InvalidInput as error:
            raise InvalidInput(f"Task {task.id!r}: {error}", ("tasks", at, "args")) from None


def _check_for_cmd(command: str, args: Sequence[str]) -> None:
    name = command.strip('"')
    if is_built_in(name):
        built_in_line(name, args)
    elif windows_name(name)[1] in BATCH_ENDINGS:
        batch_line("", args)
