"""Deletes the folders of attempts whose outcome the database has had for a day."""

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

__all__ = ["KEPT", "Pruning", "prune"]

KEPT = timedelta(days=1)
_EVERY = 3600.0
"""Seconds."""
_log = logging.getLogger(__name__)


class Pruning:
    """Once an hour, in a thread of its own: deleting may take long. `held`: the attempts that are not stored yet."""

    def __init__(self, home: Path, held: Callable[[], Collection[AttemptKey]], now: Callable[[], datetime]) -> None:
        self._home, self._held, self._now = home, held, now
        self._due = 0.0

    def start(self) -> None:
        """Prune, unless that was done within the last hour. Only once it is known what the worker holds."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _EVERY
            threading.Thread(target=self._run, name="pruning", daemon=True).start()

    def _run(self) -> None:
        if pruned := prune(self._home, self._held, self._now() - KEPT):
            _log.info("Deleted the folders of %d attempts that ended more than a day ago", pruned)


def prune(home: Path, held: Callable[[], Collection[AttemptKey]], before: datetime) -> int:
    """Delete the folders of attempts that are not held, have no command, and ended before that time. Returns their number."""
    count = 0
    for key, folder in _folders(home / "attempts"):
        with contextlib.suppress(OSError):
            ended = (folder / START).lstat().st_mtime < before.timestamp()
            if ended and key not in held() and inspect(folder).kind is not StatusKind.HELD:
                shutil.rmtree(folder)
                count += 1
                folder.parent.rmdir()  # if it was the last one of the run
    return count


def _folders(attempts: Path) -> Iterator[tuple[AttemptKey, Path]]:
    for folder in attempts.glob("*/*.*"):
        task, _, number = folder.name.rpartition(".")
        if number.isdecimal() and not folder.is_symlink():
            yield AttemptKey(folder.parent.name, task, int(number)), folder
