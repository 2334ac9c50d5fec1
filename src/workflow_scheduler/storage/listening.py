"""Waits for PostgreSQL's notifications. They are hints: who waits for one must also look without it."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from .database import Database

__all__ = ["Listener"]

_SLICE = 0.5
"""Seconds within which `close` takes effect."""


class Listener:
    """Hears one channel over a connection of its own, which is opened again when it is lost."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._connection: Any = None
        self._closed = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait for a notification, but not longer than this. False if there was none, or no connection."""
        left = seconds
        while left > 0 and not self._closed.is_set():
            heard = self._hear(min(_SLICE, left))
            if heard is None:
                self._closed.wait(min(_SLICE, left))
            elif heard:
                return True
            left -= _SLICE
        return False

    def close(self) -> None:
        """End the waiting, from any thread. `release` is of the thread that waits."""
        self._closed.set()

    def release(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None

    def _hear(self, seconds: float) -> bool | None:
        """None without a connection."""
        try:
            if self._connection is None:
                self._connection = self._database.connect_alone()
                self._connection.execute(f'LISTEN "{self._channel}"')
                return True  # what was said before this is to be looked for
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except Exception:  # of the driver: the server is away
            self.release()
            return None
