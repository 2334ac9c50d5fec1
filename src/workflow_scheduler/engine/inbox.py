"""What an engine is told: reports of attempts, and hints to look. Anybody may put something in; the engine's thread takes."""

from __future__ import annotations

import queue

from workflow_scheduler.executors.base import Report

from .wakeups import Hint

__all__ = ["Inbox"]


class Inbox:
    """`reports`: those that were taken and are not settled yet."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Report | Hint] = queue.SimpleQueue()
        self.reports: list[Report] = []

    def put(self, item: Report | Hint) -> None:
        """From any thread."""
        self._queue.put(item)

    def wait(self, seconds: float) -> set[Hint]:
        """Sleep until something is there, and take everything; every hint if nothing comes, as timers are silent then."""
        hints: set[Hint] = set()
        try:
            self._take(self._queue.get(timeout=seconds), hints)
        except queue.Empty:
            return set(Hint)
        return hints | self.take()

    def take(self) -> set[Hint]:
        """Take everything without waiting; returns the hints."""
        hints: set[Hint] = set()
        while True:
            try:
                self._take(self._queue.get_nowait(), hints)
            except queue.Empty:
                return hints

    def _take(self, item: Report | Hint, hints: set[Hint]) -> None:
        if isinstance(item, Hint):
            hints.add(item)
        else:
            self.reports.append(item)
