"""Writes the log in a separate thread: it reads the output of scripts, and a hanging disk must not stop the planning."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from .settling import Pass

__all__ = ["RunLogThread"]

MOST = 2_000
"""The most passes that wait for the disk; later events are only in the database."""
PATIENCE = 5.0
LATER = 0.001
"""Seconds that a pass waits: what it made ready is launched meanwhile, by threads that share the interpreter with this one."""
_log = logging.getLogger(__name__)


class RunLogThread:
    """Calls `write` with each pass, in order: in a thread of its own between `start` and `close`, else at once."""

    def __init__(self, write: Callable[[Pass], None]) -> None:
        self._write = write
        self._passes: queue.Queue[Pass | None] = queue.Queue(MOST)
        self._thread: threading.Thread | None = None
        self._left_out = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._thread.start()

    def put(self, done: Pass) -> None:
        if not (done.ledger.events or done.outcomes):
            return
        if self._thread is None:
            self._write(done)
            return
        try:
            self._passes.put_nowait(done)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Write what is left, as far as the disk takes it within `PATIENCE` seconds."""
        if self._thread is not None:
            try:
                self._passes.put(None, timeout=PATIENCE)
            except queue.Full:
                return
            self._thread.join(PATIENCE)

    def _serve(self) -> None:
        while (done := self._passes.get()) is not None:
            time.sleep(LATER)
            try:
                self._write(done)
            except Exception:
                _log.exception("Events could not be written to the log")
            if self._left_out:
                _log.error("The log lacks the events of %d passes: its disk was too slow", self._left_out)
                self._left_out = 0
