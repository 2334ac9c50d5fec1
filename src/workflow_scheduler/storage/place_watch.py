"""Whether the open SQLite file and its log of writes are still in their place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from . import sqlite_log
from .group_commit import Stale
from .own_file import OwnFile
from .pool import Pool

__all__ = ["PlaceWatch"]

LOG_LOOKS = 0.5
"""Seconds between two looks at the log."""


class PlaceWatch:
    """Safe to use from several threads. `let_go` closes what else keeps the log open."""

    def __init__(self, file: OwnFile, pool: Pool, let_go: Callable[[], None]) -> None:
        self._file = file
        self._pool = pool
        self._let_go = let_go
        self._rescue = threading.Lock()
        self._looked_at = 0.0

    def look(self) -> None:
        """Check that the file, and now and then its log, are in place. Unreachable if the file is not; Stale if the log has to be
        rescued and others read."""
        self._file.check()
        # What is written meanwhile is not lost with the log; each look lets other threads go first.
        if (now := time.monotonic()) - self._looked_at >= LOG_LOOKS:
            self._looked_at = now
            if self._file.log_is_lost():
                self._rescue_log()

    def _rescue_log(self) -> None:
        """Move the content of the deleted log into the database, and begin a new one."""
        with self._rescue:
            if not self._file.log_is_lost():  # another thread did it
                return
            self._let_go()
            if not sqlite_log.store(self._pool):
                raise Stale
            import logging  # noqa: PLC0415  commands do without

            logging.getLogger(__name__).warning(
                "%s-wal was moved or deleted while it was open; its content is stored", self._file.path
            )
            self._file.let_go_of_log()
