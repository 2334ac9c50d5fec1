"""Polls attempts started by a previous engine, whose keepers cannot notify this one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection

from .base import AttemptSpec, name_of

__all__ = ["Adoption"]

ADOPTED_LOOK = 0.2
"""Seconds between checks."""
AFTER_TROUBLE = 5.0
"""Seconds until the next check of an attempt that could not be checked or settled, to keep the log readable."""


class Adoption:
    """`look` is called in a separate thread with all of them until `close`."""

    def __init__(self, look: Callable[[Collection[AttemptSpec]], None]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._specs: dict[str, AttemptSpec] = {}
        self._not_before: dict[str, float] = {}
        self._told: set[str] = set()
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._specs

    def add(self, spec: AttemptSpec) -> None:
        with self._lock:
            self._specs[name_of(spec.key)] = spec

    def put_off(self, name: str) -> None:
        """Check it again later."""
        with self._lock:
            if name in self._specs:
                self._not_before[name] = time.monotonic() + AFTER_TROUBLE

    def remove(self, name: str) -> bool:
        """Stop checking it; False if another thread was quicker."""
        with self._lock:
            self._told.discard(name)
            self._not_before.pop(name, None)
            return self._specs.pop(name, None) is not None

    def first_time(self, name: str) -> bool:
        """Whether this was not asked before, since it was added."""
        with self._lock:
            if name not in self._specs or name in self._told:
                return False
            self._told.add(name)
            return True

    def watch(self) -> None:
        """Start checking if there is anything to check. Without a free thread, call this again later."""
        with self._lock:
            if self._specs and self._watcher is None:
                watcher = threading.Thread(target=self._watch, name="adopted", daemon=True)
                with contextlib.suppress(RuntimeError):
                    watcher.start()
                    self._watcher = watcher

    def close(self) -> None:
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.is_set():
            now = time.monotonic()
            with self._lock:
                specs = [spec for name, spec in self._specs.items() if self._not_before.get(name, now) <= now]
            self._look(specs)
            self._closed.wait(ADOPTED_LOOK)
