"""The environment of a task's command: this machine's, without the scheduler's secrets, plus what the task says."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.system.env_file import read_env_file
from workflow_scheduler.system.tilde import expanded

from .base import AttemptSpec
from .session import without_session

__all__ = ["hidden_later", "hide", "hide_later", "machine_environment", "task_environment"]

_hidden: set[str] = set()
"""Variables that are the scheduler's own secrets, in upper case; no command gets them from the machine."""
_hidden_later: set[str] = set()


def task_environment(spec: AttemptSpec, filled: Callable[[str], str], folder: Path) -> dict[str, str]:
    """The variables added to the machine's; later ones win: those of the home and the workflow, the `env_file`, `env`, then
    those of the run. InvalidInput for a bad file. `filled` replaces the placeholders of a value."""
    task = spec.task
    found = {name: filled(value) for name, value in spec.env.items()}
    if task.env_file is not None:
        found |= _read(folder / expanded(task.env_file))
    found |= {name: filled(value) for name, value in task.env.items()}
    return {**found, **spec.values}


def hide(names: Iterable[str]) -> None:
    """Hide these variables from commands. Call it before the first executor is created: keepers have the same environment."""
    _hidden.update(name.upper() for name in names)
    machine_environment.cache_clear()


def hide_later(names: Iterable[str]) -> None:
    """Hide these variables from the commands that begin from now on; `machine_environment` stays as it is."""
    if not _hidden.issuperset(upper := [name.upper() for name in names]):
        _hidden_later.update(set(upper) - _hidden)


def hidden_later() -> list[str]:
    """What keepers, which have the machine's environment since they were started, must leave out, in upper case."""
    return sorted(_hidden_later)


@functools.cache
def machine_environment() -> dict[str, str]:
    """The environment of every command: the machine's, without the session that started the scheduler."""
    found = without_session(os.environ)
    found = {name: value for name, value in found.items() if name.upper() not in _hidden}
    # Python keeps in memory what it prints into a pipe, and loses it when it is killed.
    found["PYTHONUNBUFFERED"] = "1"
    if sys.platform == "win32":
        # Python writes to a pipe in the ANSI code page; all other console programs use the console's.
        found.setdefault("PYTHONIOENCODING", "utf-8")
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        return read_env_file(path, interpolate=False)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidInput(
            f"The env_file {path} cannot be read ({why}); correct its path or its permissions."
        ) from None
