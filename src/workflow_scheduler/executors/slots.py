"""Process slots: which attempts have a process, and which wait for one."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from .base import AttemptSpec

__all__ = ["Slots"]

LIMIT_HOLDS = 20.0
"""Seconds. Who was stopped for longer finds out first whether another engine took its work over."""


class Slots:
    """Attempts by name. Used from the engine's thread and from those of the keepers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._most = 0
        self._until = 0.0
        self._taken: set[str] = set()
        self._waiting: OrderedDict[str, AttemptSpec] = OrderedDict()

    def limit(self, most: int) -> None:
        """From now on `next` gives out at most this many slots, and after `LIMIT_HOLDS` none."""
        with self._lock:
            self._most, self._until = most, time.monotonic() + LIMIT_HOLDS

    def wait(self, name: str, spec: AttemptSpec, *, first: bool = False) -> None:
        """`first`: before all others, because it had its turn."""
        with self._lock:
            self._taken.discard(name)
            self._waiting[name] = spec
            if first:
                self._waiting.move_to_end(name, last=False)

    def waits_no_more(self, name: str) -> bool:
        """Remove it from the queue; False if it was not there."""
        with self._lock:
            return self._waiting.pop(name, None) is not None

    def next(self) -> AttemptSpec | None:
        """Give a slot to the longest waiting attempt; None if none waits or no slot is free."""
        with self._lock:
            if not self._waiting or len(self._taken) >= self._most or time.monotonic() > self._until:
                return None
            name, spec = self._waiting.popitem(last=False)
            self._taken.add(name)
            return spec

    def take(self, name: str) -> None:
        """It may have a process already, whatever the limit."""
        with self._lock:
            self._taken.add(name)

    def leave(self, name: str) -> None:
        with self._lock:
            self._taken.discard(name)

    def any_taken(self) -> bool:
        with self._lock:
            return bool(self._taken)

    def close(self) -> None:
        """Remove all waiting attempts."""
        with self._lock:
            self._waiting.clear()
