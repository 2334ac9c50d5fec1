"""One process's connections to one database: each has one user at a time, and a few stay open for reuse."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from workflow_scheduler.domain.errors import Unreachable

__all__ = ["Pool"]

_KEPT = 5
_REST = 60.0
"""Seconds without use after which a connection is closed, but the last one: a server has room for a limited number."""
_MOST = 15
_PATIENCE = 30.0
"""Seconds to wait for a connection while all are in use."""


class Pool:
    """`closed` is called after a connection was closed."""

    def __init__(self, connect: Callable[[], Any], closed: Callable[[], None]) -> None:
        self._connect = connect
        self._closed = closed
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(_MOST)
        self._idle: list[tuple[Any, float]] = []
        self.in_use = 0

    @property
    def idle(self) -> int:
        return len(self._idle)

    def take(self) -> Any:
        """A connection for the caller only. Unreachable while too many are in use."""
        if not self._free.acquire(timeout=_PATIENCE):
            raise Unreachable(f"All {_MOST} connections to the database were in use for {_PATIENCE:.0f} s; try again.")
        try:
            with self._lock:
                connection = self._idle.pop()[0] if self._idle else None
                self.in_use += 1
            return self._connect() if connection is None else connection
        except BaseException:
            self._let_go()
            raise

    def give_back(self, connection: Any, *, usable: bool = True) -> None:
        """Return a connection to the pool; one that is no longer usable is closed, and so are those that nothing uses."""
        now = time.monotonic()
        surplus = []
        with self._lock:
            if usable and len(self._idle) < _KEPT:
                self._idle.append((connection, now))
            else:
                surplus.append(connection)
            while len(self._idle) > 1 and now - self._idle[0][1] > _REST:  # the last one in is the first to be used
                surplus.append(self._idle.pop(0)[0])
        for one in surplus:
            self._close(one)
        self._let_go()

    def close_idle(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            self._close(connection)

    def _close(self, connection: Any) -> None:
        with contextlib.suppress(Exception):  # of a driver whose server is gone
            connection.close()
        self._closed()

    def _let_go(self) -> None:
        with self._lock:
            self.in_use -= 1
        self._free.release()
