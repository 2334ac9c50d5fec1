"""Deletes the folders of attempts whose outcome the database has had for a day, and files of workflows that no attempt
needed for a day."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.processes.attempt_status import StatusKind, inspect
from workflow_scheduler.processes.start_file import START

from .bundles import Bundles

__all__ = ["KEPT", "Pruning", "prune"]

KEPT = timedelta(days=1)
_EVERY = 3600.0
"""Seconds."""
_log = logging.getLogger(__name__)


class Pruning:
    """Once an hour, in a thread of its own: deleting may take long. `held`: the attempts that are not stored yet."""

    def __init__(
        self, home: Path, held: Callable[[], Collection[AttemptKey]], bundles: Bundles, now: Callable[[], datetime]
    ) -> None:
        self._home, self._held, self._bundles, self._now = home, held, bundles, now
        self._due = 0.0

    def start(self) -> None:
        """Prune, unless that was done within the last hour. Only once it is known what the worker holds."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _EVERY
            threading.Thread(target=self._run, name="pruning", daemon=True).start()

    def _run(self) -> None:
        if pruned := prune(self._home, self._held, self._now() - KEPT):
            _log.info("Deleted the folders of %d attempts that ended more than a day ago", pruned)
        if pruned := self._bundles.prune(self._now() - KEPT):
            _log.info("Deleted the files of %d workflows that were not used for a day", pruned)


def prune(home: Path, held: Callable[[], Collection[AttemptKey]], before: datetime) -> int:
    """Delete the folders of attempts that are not held, have no command, and ended before that time. Returns their number."""
    count = 0
    for key, folder in _folders(home / "attempts"):
        with contextlib.suppress(OSError):
            if (
                _last_change(folder) < before.timestamp()
                and key not in held()
                and inspect(folder).kind is not StatusKind.HELD
            ):
                shutil.rmtree(folder)
                count += 1
                folder.parent.rmdir()  # if it was the last one of the run
    return count


def _last_change(folder: Path) -> float:
    """In seconds, as files tell. What was never started has no `start` file, and may have files of its workflow."""
    start = folder / START
    return (start if start.exists() else folder).lstat().st_mtime


def _folders(attempts: Path) -> Iterator[tuple[AttemptKey, Path]]:
    for folder in attempts.glob("*/*.*"):
        task, _, number = folder.name.rpartition(".")
        if number.isdecimal() and not folder.is_symlink():
            yield AttemptKey(folder.parent.name, task, int(number)), folder
