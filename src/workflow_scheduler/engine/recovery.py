"""Takes over what an engine left behind that ended, was killed, or no longer says that it lives."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.executors.base import Key
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.engines import EngineRow

__all__ = ["LEASE", "Recovery"]

_log = logging.getLogger(__name__)
LEASE = 30.0
"""Seconds without a heartbeat after which a process that is still there (stopped, hung) loses its work."""


class Recovery:
    """Finds engines of this host that are gone, and makes their work this engine's.

    `alone`: no other machine can use this database, so that every engine is of this host, whatever it was called then.
    `reach` makes the attempt of an engine of another `home` one whose records this engine's executor finds.
    """

    def __init__(
        self,
        engine_id: int,
        host: str,
        alive: Callable[[Mapping[str, Any]], bool],
        reach: Callable[[Key, str], None],
        *,
        home: str | None = None,
        alone: bool = False,
    ) -> None:
        self._engine_id = engine_id
        self._host = host
        self._alive = alive
        self._reach = reach
        self._home = home
        self._alone = alone
        self._heard: dict[int, tuple[datetime, float]] = {}

    def step(self, db: Connection, now: datetime, ticks: float) -> list[int]:
        """Take over from every gone engine. `ticks` is a monotonic clock: a stepped wall clock kills nobody."""
        others = {row.id: row for row in engine_store.engines_not_stopped(db) if row.id != self._engine_id}
        gone = [row.id for row in others.values() if self._is_here(row) and self._is_gone(row, ticks)]
        for engine_id in gone:
            engine_store.stop_engine(db, engine_id, now)
        left = engine_store.engines_with_work(db) - {self._engine_id}
        rows = engine_store.engines_of(db, left)
        taken = []
        for engine_id in sorted(one for one in left if one in gone or one not in others):
            # One that stopped left scripts that run, and whether they do can be seen on its own host only.
            if (row := rows.get(engine_id)) is None or (self._is_here(row) and self._can_reach(db, row)):
                run_store.take_over(db, engine_id, self._engine_id)
                taken.append(engine_id)
        return taken

    def _can_reach(self, db: Connection, row: EngineRow) -> bool:
        """Before its work is taken over: or its attempts would look as if nobody had started them."""
        home = row.identity.get("home")
        if home is None or home == self._home:
            return True
        try:
            for one in run_store.live_attempts(db, row.id):
                self._reach((one.run_id, one.task_id, one.number), home)
        except OSError as error:
            _log.warning("The work of engine %d is left to the next scheduler of its home %s: %s", row.id, home, error)
            return False
        return True

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
