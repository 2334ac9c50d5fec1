"""Takes over the work of engines that ended, were killed, or have no heartbeat."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.home_events import restart_event
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import Records
from workflow_scheduler.processes.place import same_files, same_processes
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.engines import EngineRow

__all__ = ["LEASE", "Recovery", "Surroundings"]

_log = logging.getLogger(__name__)
LEASE = 30.0
"""Seconds without a heartbeat after which an engine that cannot be observed loses its work."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The location of an engine.

    `place` is of `processes.place`. `alone`: no other machine can use this database, which lies in the home. `has_home`:
    this process holds the lock of its home, so that every other scheduler of the very same files is gone.
    """

    host: str
    home: str | None
    place: Mapping[str, Any]
    alone: bool
    has_home: bool
    alive: Callable[[Mapping[str, Any]], bool]


class Recovery:
    """Finds engines that are gone and takes over their work.

    Attempts begun by an engine of the same place are found in its files; those not begun are started. What an engine
    began elsewhere cannot be seen: it waits for the lease, and is never started again here. What it gave to workers is in
    the database, for every engine.
    """

    def __init__(self, engine_id: int, here: Surroundings, records: Records) -> None:
        self._engine_id = engine_id
        self._here = here
        self._records = records
        self._heard: dict[int, tuple[datetime, float]] = {}

    def step(self, db: Connection, now: datetime, ticks: float) -> list[int]:
        """Take over from every gone engine. `ticks` is a monotonic clock, so that a wall clock change kills no engine."""
        others = {row.id: row for row in engine_store.engines_not_stopped(db) if row.id != self._engine_id}
        gone = [row.id for row in others.values() if self._concerns(row) and self._is_gone(row, ticks)]
        schedulers = [others[engine_id] for engine_id in gone if others[engine_id].role == "scheduler"]
        if schedulers and self._here.has_home:
            event_store.record_events(db, [restart_event(now, schedulers)])
        for engine_id in gone:
            engine_store.stop_engine(db, engine_id, now)
        left = engine_store.engines_with_work(db) - {self._engine_id}
        rows = engine_store.engines_of(db, left)
        taken = []
        for engine_id in sorted(engine_id for engine_id in left if engine_id in gone or engine_id not in others):
            row = rows.get(engine_id)
            if row is None or (self._concerns(row) and self._secure(db, row, ticks)):
                run_store.take_over(db, engine_id, self._engine_id)
                taken.append(engine_id)
        return taken

    def _concerns(self, row: EngineRow) -> bool:
        here = self._here
        return here.alone or same_files(here.place, _place(row)) or row.host == here.host

    def _is_gone(self, row: EngineRow, ticks: float) -> bool:
        here, place = self._here, _place(row)
        if self._sees_processes_of(row):
            return not here.alive(row.identity) or self._lease_ended(row, ticks)
        if same_files(here.place, place) and here.has_home and row.role == "scheduler":
            return True
        if here.alone and place.get("boot") != here.place.get("boot"):
            return True
        return self._lease_ended(row, ticks)

    def _sees_processes_of(self, row: EngineRow) -> bool:
        # Earlier versions did not record their location.
        return not _place(row) or same_processes(self._here.place, _place(row))

    def _lease_ended(self, row: EngineRow, ticks: float) -> bool:
        beat, since = self._heard.get(row.id, (row.heartbeat_at, ticks))
        if beat != row.heartbeat_at:
            since = ticks
        self._heard[row.id] = row.heartbeat_at, since
        return ticks - since > LEASE

    def _secure(self, db: Connection, row: EngineRow, ticks: float) -> bool:
        """Before its work is taken over, make sure that none of it can start twice; False if that must wait."""
        here, place, home = self._here, _place(row), row.identity.get("home")
        same_boot = not place or place.get("boot") == here.place.get("boot")
        mine = same_files(here.place, place) if place else home in (None, here.home)
        if mine and (same_boot or here.alone):
            return True
        live = [attempt.key for attempt in run_store.live_attempts(db, row.id)]
        keys = _but_of_workers(db, live)
        try:
            if not mine and home is not None and (here.alone or self._sees_processes_of(row)):
                for key in keys:
                    self._records.reach(key, home, place)
            elif not self._lease_ended(row, ticks):
                return False
            else:
                for key in keys:
                    self._records.bar(key)
        except OSError as error:
            _log.warning("The work of engine %d is left to the next scheduler of its home %s: %s", row.id, home, error)
            return False
        return True


def _but_of_workers(db: Connection, keys: list[AttemptKey]) -> list[AttemptKey]:
    """Without those that workers have: these are found in the database."""
    from workflow_scheduler.storage.assignments import assignments_of  # noqa: PLC0415  most homes have no workers

    elsewhere = assignments_of(db, keys)
    return [key for key in keys if key not in elsewhere]


def _place(row: EngineRow) -> Mapping[str, Any]:
    return row.identity.get("place") or {}
