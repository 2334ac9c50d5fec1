"""Finds probable mistakes in a task on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.parameter_check import SAMPLE
from workflow_scheduler.domain.placeholders import sample_of
from workflow_scheduler.domain.secrets import looks_like_password
from workflow_scheduler.domain.task import Task
from workflow_scheduler.processes.command_line import resolve, split
from workflow_scheduler.processes.surroundings import PLATFORM, Interpreters, spelled_alike, surroundings_here
from workflow_scheduler.system.percent import variables_in
from workflow_scheduler.system.tilde import expanded

__all__ = ["task_warnings"]

_OPERATORS = {"&&", "||", "|", ";", "&", ">", ">>", "2>", "2>&1", "<"}


def task_warnings(task: Task, home: Path, interpreters: Interpreters | None = None) -> Iterator[str]:
    """Sentences about a command that cannot be found or started here, and about shell syntax without a shell."""
    try:
        args = split(task.args, PLATFORM) if isinstance(task.args, str) else list(task.args)
        # An argument that merely contains one, such as that of `sh -c`, is text.
        if not task.shell and (
            found := next((word for word in (*task.command.split(), *args) if word in _OPERATORS), "")
        ):
            yield f"Task {task.id}: {found!r} is shell syntax, but only an argument without 'shell: true' (--shell)."
        yield from _passwords(task)
        if task.place.elsewhere:
            return  # what is there is not known here
        if "{" in (task.working_dir or ""):
            return  # which folder that is, and what is in it, a run decides
        cwd = str(home / expanded(task.working_dir or "."))
        invocation = resolve(
            task.command,
            [sample_of(arg, SAMPLE) for arg in args],
            shell=task.shell,
            around=surroundings_here({**os.environ, **spelled_alike(task.env, os.environ)}, cwd, interpreters),
        )
    except (InvalidInput, RuntimeError) as error:
        yield f"Task {task.id}: {error}"
    else:
        if invocation.note:
            yield f"Task {task.id}: {invocation.note}"
        if PLATFORM == "windows" and not task.shell and (names := list(_literal_variables(task, args))):
            yield f"Task {task.id}: {names[0]} is passed unchanged: variables are replaced only with 'shell: true' (--shell)."


def _passwords(task: Task) -> Iterator[str]:
    for name, value in task.env.items():
        if looks_like_password(name, value):
            yield f"Task {task.id}: the variable {name} looks like a password in plain text; keep it as a secret of the workflow."


def _literal_variables(task: Task, args: Sequence[str]) -> Iterator[str]:
    """Variables that users expect Windows to replace, as in the Task Scheduler."""
    for text in (*args, *task.env.values()):
        yield from (name for name in variables_in(sample_of(text, SAMPLE)) if name.strip("%").upper() in os.environ)
