"""The attempts that have not ended, by name; used from many threads."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from workflow_scheduler.domain.quick_dataclass import dataclass

from .base import AttemptSpec, name_of

__all__ = ["Known"]


@dataclass(slots=True)
class _Attempt:
    spec: AttemptSpec | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    losses: int = 0
    slow: float | None = None
    stop_reason: str | None = None


_NOTHING = _Attempt()


class Known:
    """An attempt is known from `add` to `forget`; a stop may be requested earlier."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: defaultdict[str, _Attempt] = defaultdict(_Attempt)
        self.interrupted: str | None = None
        """Why all of them are ended: one of `INTERRUPTIONS`."""

    def add(self, specs: Iterable[AttemptSpec]) -> None:
        with self._lock:
            for spec in specs:
                self._attempts[name_of(spec.key)].spec = spec

    def spec(self, name: str) -> AttemptSpec | None:
        return self._find(name).spec

    def note(self, name: str, notes: Mapping[str, Any]) -> None:
        """What was found out before its command was handed to a keeper."""
        with self._lock:
            self._attempts[name].notes = notes

    def notes(self, name: str) -> Mapping[str, Any]:
        return self._find(name).notes

    def took(self, name: str, seconds: float) -> None:
        """Its preparation hung for so long."""
        with self._lock:
            self._attempts[name].slow = seconds

    def slow(self, name: str) -> float | None:
        """Seconds that its preparation took which hung; None: it did not."""
        return self._find(name).slow

    def lost(self, name: str) -> int:
        """Its keeper died; how many of them so far."""
        with self._lock:
            self._attempts[name].losses += 1
            return self._attempts[name].losses

    def stop(self, reasons: Mapping[str, str]) -> None:
        """All of them at once, so that where one ends, none of the others is started."""
        with self._lock:
            for name, reason in reasons.items():
                self._attempts[name].stop_reason = reason

    def all(self) -> list[AttemptSpec]:
        with self._lock:
            return [attempt.spec for attempt in self._attempts.values() if attempt.spec is not None]

    def stop_reason(self, name: str) -> str | None:
        return self._find(name).stop_reason

    def interrupt(self, why: str) -> None:
        self.interrupted = why

    def how_to_end(self, name: str) -> str | None:
        """As its keeper is told; None if it may go on."""
        return "cancelled" if self.stop_reason(name) is not None else self.interrupted

    def forget(self, name: str) -> None:
        with self._lock:
            self._attempts.pop(name, None)

    def _find(self, name: str) -> _Attempt:
        with self._lock:
            return self._attempts.get(name, _NOTHING)
