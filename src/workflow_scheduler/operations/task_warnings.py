"""What is probably not meant about a task, as this machine is now."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.workflow import Task
from workflow_scheduler.processes.command_line import Surroundings, resolve, split

__all__ = ["task_warnings"]

_PLATFORM = "windows" if sys.platform == "win32" else "posix"
_OPERATORS = {"&&", "||", "|", ";", "&", ">", ">>", "2>", "2>&1", "<"}


def task_warnings(task: Task, home: Path) -> Iterator[str]:
    """Sentences: a command that cannot be found or started here now, and shell operators without a shell."""
    try:
        args = split(task.args, _PLATFORM) if isinstance(task.args, str) else list(task.args)
        # An argument that only holds one, such as that of `sh -c`, is a text.
        if not task.shell and (
            found := next((word for word in (*task.command.split(), *args) if word in _OPERATORS), "")
        ):
            yield f"Task {task.id}: {found!r} is for a shell, and is a mere argument without 'shell: true' (--shell)."
        cwd = str(home / Path(task.working_dir or ".").expanduser())
        invocation = resolve(
            task.command,
            args,
            shell=task.shell,
            around=Surroundings(_PLATFORM, {**os.environ, **task.env}, cwd, sys.executable),
        )
    except (InvalidInput, RuntimeError) as error:
        yield f"Task {task.id}: {error}"
    else:
        if invocation.note:
            yield f"Task {task.id}: {invocation.note}"
