"""Where an attempt's output and records are."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping
from errno import ENOENT
from pathlib import Path, PurePath
from typing import Any

from workflow_scheduler.domain.identifiers import check_identifier
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.processes.place import home_mark, same_files
from workflow_scheduler.processes.start_file import link_folder, make_folder

__all__ = ["FILES", "attempt_folder", "files_folder", "real_folder", "run_folder", "share_folder"]

FILES = "files"
"""The folder in an attempt's folder that has the files of its workflow."""
_ATTEMPTS = "attempts"


@functools.lru_cache(maxsize=1024)
def run_folder(home: Path, run_id: str) -> Path:
    """The folder of a run's attempts. InvalidInput if it is not an identifier, so that no path gets in, not even from a row."""
    return home.joinpath(_ATTEMPTS, check_identifier("run", run_id))


@functools.lru_cache(maxsize=1024)
def attempt_folder(home: Path, key: AttemptKey) -> Path:
    """The folder of an attempt (run, task, number)."""
    run_id, task_id, number = key
    return run_folder(home, run_id) / f"{check_identifier('task', task_id)}.{number}"


def files_folder(home: PurePath, key: AttemptKey) -> PurePath:
    """Where the files of its workflow are for an attempt, in a home that may be another machine's."""
    run_id, task_id, number = key
    return home.joinpath(_ATTEMPTS, run_id, f"{task_id}.{number}", FILES)


def real_folder(home: Path, key: AttemptKey) -> Path:
    """The name of an attempt's folder that is the same for every home that reaches it."""
    folder = _real_attempts(home).joinpath(*attempt_folder(home, key).parts[-2:])
    try:
        folder.readlink()  # to avoid resolving each part of the path for each attempt
    except OSError:
        return folder
    return folder.resolve()


@functools.lru_cache
def _real_attempts(home: Path) -> Path:
    return (home / _ATTEMPTS).resolve()


def share_folder(home: Path, other_home: Path, key: AttemptKey, place: Mapping[str, Any]) -> None:
    """Let the attempt's folder of this home be that of the other one. `place`: where that home was, if it is known. OSError
    if that is not possible."""
    if place and not same_files(place, {**place, **home_mark(other_home)}):
        raise FileNotFoundError(ENOENT, "the home was replaced", str(other_home))
    mine, other = attempt_folder(home, key), attempt_folder(other_home, key)
    # Its keeper may be about to claim it there, so that a folder of one's own would let it start twice.
    make_folder(str(other))
    make_folder(str(mine.parent))
    with contextlib.suppress(FileExistsError):
        link_folder(str(other), str(mine))
