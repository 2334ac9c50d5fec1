"""What an executor knows of the attempts that have not ended, by name; asked from many threads."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from .base import AttemptSpec, name_of

__all__ = ["Known"]


class Known:
    """Nothing is known of an attempt before `add` and after `forget`, except that it is to be stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._specs: dict[str, AttemptSpec] = {}
        self._notes: dict[str, Mapping[str, Any]] = {}
        self._losses: dict[str, int] = {}
        self._slow: dict[str, float] = {}
        self._stopped: dict[str, str] = {}
        self.interrupted: str | None = None
        """Why all of them are ended: one of `INTERRUPTIONS`."""

    def add(self, specs: Iterable[AttemptSpec]) -> None:
        with self._lock:
            self._specs.update((name_of(spec.key), spec) for spec in specs)

    def spec(self, name: str) -> AttemptSpec | None:
        with self._lock:
            return self._specs.get(name)

    def note(self, name: str, notes: Mapping[str, Any]) -> None:
        """What was found out before its command was handed to a keeper."""
        with self._lock:
            self._notes[name] = notes

    def notes(self, name: str) -> Mapping[str, Any]:
        with self._lock:
            return self._notes.get(name, {})

    def took(self, name: str, seconds: float) -> None:
        """Its preparation hung for so long."""
        with self._lock:
            self._slow[name] = seconds

    def slow(self, name: str) -> float | None:
        """Seconds that its preparation took which hung; None: it did not."""
        with self._lock:
            return self._slow.get(name)

    def lost(self, name: str) -> int:
        """Its keeper died; how many of them so far."""
        with self._lock:
            self._losses[name] = losses = self._losses.get(name, 0) + 1
            return losses

    def stop(self, reasons: Mapping[str, str]) -> None:
        """All of them at once, so that where one ends, none of the others is started."""
        with self._lock:
            self._stopped |= reasons

    def all(self) -> list[AttemptSpec]:
        with self._lock:
            return list(self._specs.values())

    def stop_reason(self, name: str) -> str | None:
        with self._lock:
            return self._stopped.get(name)

    def interrupt(self, why: str) -> None:
        self.interrupted = why

    def how_to_end(self, name: str) -> str | None:
        """As its keeper is told; None if it may go on."""
        return "cancelled" if self.stop_reason(name) is not None else self.interrupted

    def forget(self, name: str) -> None:
        with self._lock:
            known: dict[str, Any]
            for known in (self._specs, self._notes, self._losses, self._slow, self._stopped):
                known.pop(name, None)
