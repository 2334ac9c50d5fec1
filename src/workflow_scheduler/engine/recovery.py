"""Takes over what an engine left behind that ended, was killed, or no longer says that it lives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.engines import EngineRow

__all__ = ["LEASE", "Recovery"]

LEASE = 30.0
"""Seconds without a heartbeat after which a process that is still there (stopped, hung) loses its work."""


class Recovery:
    """Finds engines of this host that are gone, and makes their work this engine's.

    `alone`: no other machine can use this database, so that every engine is of this host, whatever it was called then.
    """

    def __init__(
        self, engine_id: int, host: str, alive: Callable[[Mapping[str, Any]], bool], *, alone: bool = False
    ) -> None:
        self._engine_id = engine_id
        self._host = host
        self._alive = alive
        self._alone = alone
        self._heard: dict[int, tuple[datetime, float]] = {}

    def step(self, db: Connection, now: datetime, ticks: float) -> list[int]:
        """Take over from every gone engine. `ticks` is a monotonic clock: a stepped wall clock kills nobody."""
        others = {row.id: row for row in engine_store.engines_not_stopped(db) if row.id != self._engine_id}
        gone = [row.id for row in others.values() if self._is_here(row) and self._is_gone(row, ticks)]
        for engine_id in gone:
            engine_store.stop_engine(db, engine_id, now)
        left = engine_store.engines_with_work(db) - {self._engine_id}
        taken = sorted(one for one in left if one in gone or one not in others)
        for engine_id in taken:
            run_store.take_over(db, engine_id, self._engine_id)
        return taken

    def _is_here(self, row: EngineRow) -> bool:
        return self._alone or row.host == self._host

    def _is_gone(self, row: EngineRow, ticks: float) -> bool:
        if not self._alive(row.identity):
            return True
        beat, since = self._heard.get(row.id, (row.heartbeat_at, ticks))
        if beat != row.heartbeat_at:
            since = ticks
        self._heard[row.id] = row.heartbeat_at, since
        return ticks - since > LEASE
