"""Checks that arguments can be split by this system's rules, reach cmd.exe unchanged, and paths contain no Windows variable."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.parameter_check import SAMPLE
from workflow_scheduler.domain.placeholders import sample_of
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.processes.cmd_exe import BATCH_ENDINGS, batch_line, built_in_line, check_length, is_built_in
from workflow_scheduler.processes.command_line import check_windows_length, split, windows_name
from workflow_scheduler.processes.surroundings import PLATFORM
from workflow_scheduler.system.percent import check_no_variable

__all__ = ["argument_mistakes", "check_arguments"]


def check_arguments(workflow: Workflow, platform: str = PLATFORM, environment: Mapping[str, str] = os.environ) -> None:
    """InvalidInput for the first of the `argument_mistakes`, with its position."""
    for error in argument_mistakes(workflow, platform, environment):
        raise error


def argument_mistakes(
    workflow: Workflow, platform: str = PLATFORM, environment: Mapping[str, str] = os.environ
) -> Iterator[InvalidInput]:
    """Arguments in one text must be splittable by this system's rules, and cmd.exe must not interpret any; on
    Windows no path may contain a variable, and no command may be too long. Each mistake has its position."""
    for at, task in enumerate(workflow.tasks):
        if error := _mistake(task, at, "args", partial(_check_args, task, platform)):
            yield error
        for field, path in _paths(task) if platform == "windows" else ():
            if error := _mistake(task, at, field, partial(check_no_variable, path, environment)):
                yield error


def _mistake(task: Task, at: int, field: str, check: Callable[[], object]) -> InvalidInput | None:
    try:
        check()
    except InvalidInput as error:
        return InvalidInput(f"Task {task.id!r}: {error}", ("tasks", at, field))
    return None


def _check_args(task: Task, platform: str) -> None:
    args = split(task.args, platform) if isinstance(task.args, str) else task.args
    if platform == "windows":
        _check_for_windows(task, [sample_of(arg, SAMPLE) for arg in args])


def _check_for_windows(task: Task, args: Sequence[str]) -> None:
    name = task.command.strip('"')
    if task.shell:
        check_length(f"{task.command} {subprocess.list2cmdline(args)}".strip())
    elif is_built_in(name):
        check_length(built_in_line(name, args))
    elif windows_name(name)[1] in BATCH_ENDINGS:
        check_length(batch_line("", args))
    else:
        check_windows_length([name, *args])


def _paths(task: Task) -> Iterator[tuple[str, str]]:
    """Those that a task is written with, each with its field. A line for the shell is cmd's to read."""
    if not task.shell:
        yield "command", task.command
    if task.working_dir is not None:
        yield "working_dir", sample_of(task.working_dir, SAMPLE)
    if task.env_file is not None:
        yield "env_file", task.env_file
    for file in task.output_files:
        yield "output_files", sample_of(file.path, SAMPLE)
