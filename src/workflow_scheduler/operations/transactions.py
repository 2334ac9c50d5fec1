"""Writes a change, then wakes the engine of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from workflow_scheduler.engine.wake_signal import nudge
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["Connection", "Database", "write_and_wake"]

_T = TypeVar("_T")


def write_and_wake(database: Database, work: Callable[[Connection], _T]) -> _T:
    """Run `work` in one transaction. An engine that misses the wake-up sees the change within a second."""

    def both(db: Connection) -> tuple[_T, list[int]]:
        answer = work(db)
        return answer, [row.wake_port for row in engine_store.engines_not_stopped(db) if row.wake_port]

    answer, ports = database.write(both)
    for port in ports:
        nudge(port)
    return answer
