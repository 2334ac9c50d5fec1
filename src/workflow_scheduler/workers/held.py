"""The attempts that a worker has: from the claim until what came of them is stored in the database."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import AttemptSpec

__all__ = ["Held"]


class Held:
    """Used from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._specs: dict[AttemptKey, AttemptSpec] = {}
        self._ended: set[AttemptKey] = set()
        self._stopped: set[AttemptKey] = set()
        self._handed_back: set[AttemptKey] = set()

    def add(self, specs: Iterable[AttemptSpec]) -> None:
        with self._lock:
            self._specs.update((spec.key, spec) for spec in specs)

    def keys(self) -> frozenset[AttemptKey]:
        with self._lock:
            return frozenset(self._specs)

    def open(self) -> int:
        """How many have not ended."""
        with self._lock:
            return len(self._specs) - len(self._ended)

    def untold(self) -> bool:
        """Whether one has ended or is handed back, and that is not stored yet."""
        with self._lock:
            return bool(self._ended or self._handed_back)

    def stop(self, key: AttemptKey) -> bool:
        """Whether it is to be stopped, which is told once."""
        with self._lock:
            if key not in self._specs or key in self._ended | self._stopped | self._handed_back:
                return False
            self._stopped.add(key)
            return True

    def hand_back(self, key: AttemptKey) -> None:
        """It cannot be started here, and that is to be told."""
        with self._lock:
            if key in self._specs:
                self._handed_back.add(key)

    def hands_back(self) -> bool:
        """Whether that is not stored yet of one."""
        with self._lock:
            return bool(self._handed_back)

    def end(self, key: AttemptKey) -> None:
        """It has ended, and that is to be told."""
        with self._lock:
            if key in self._specs:
                self._ended.add(key)

    def drop(self, key: AttemptKey) -> None:
        """The database knows what came of it."""
        with self._lock:
            self._specs.pop(key, None)
            self._ended.discard(key)
            self._stopped.discard(key)
            self._handed_back.discard(key)
