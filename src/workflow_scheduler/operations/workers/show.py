"""Workers as people see them: whether they work, how much they have to do, and what runs on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.placement import speaks
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import assignments, health
from workflow_scheduler.storage import workers as store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.workers import SILENT_AFTER, WorkerRow

__all__ = ["SKEW_SHOWN", "ShownWorker", "WorkerDetail", "WorkerTask", "existing_worker", "show_worker", "worker_list"]

SKEW_SHOWN = 2.0
"""Seconds from which on a clock is said to be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWorker:
    """`state`: "invited", "expired", "active", "draining", "silent" or "incompatible", which is given nothing as its version is
    too far from the scheduler's. `used`: slots with an attempt, or promised one. `silent_since`: its last heartbeat, if it should have
    come again. `skew`: seconds that its clock is ahead."""

    name: str
    state: str
    labels: tuple[str, ...]
    slots: int
    used: int
    host: str | None
    version: str | None
    heartbeat_at: datetime | None
    silent_since: datetime | None
    skew: float | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTask:
    run: str
    task: str
    attempt: int
    claimed_at: datetime | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDetail(ShownWorker):
    """`measured`: what its machine does, as its last heartbeat said. `running`: what it has claimed."""

    role: str
    started_at: datetime | None
    measured: Mapping[str, Any] | None
    running: list[WorkerTask]


def existing_worker(db: Connection, name: str) -> WorkerRow:
    found = store.find_worker(db, name)
    if found is None:
        raise no_such("worker", name)
    return found


def worker_list(database: Database, now: datetime) -> list[ShownWorker]:
    def work(db: Connection) -> list[ShownWorker]:
        taken, time = assignments.open_by_worker(db), health.server_time(db) or now
        return [_shown(worker, taken.get(worker.name, 0), time) for worker in store.list_workers(db)]

    return database.read(work)


def show_worker(database: Database, name: str, now: datetime) -> WorkerDetail:
    def work(db: Connection) -> WorkerDetail:
        worker = existing_worker(db, name)
        shown = _shown(worker, assignments.open_by_worker(db).get(name, 0), health.server_time(db) or now)
        running = [
            WorkerTask(
                run=one.key.run_id,
                task=one.key.task_id,
                attempt=one.key.number,
                claimed_at=one.claimed_at,
                started_at=one.started_at,
            )
            for one in assignments.claimed_by(db, name)
        ]
        return widened(
            shown,
            WorkerDetail,
            role=worker.role_name,
            started_at=worker.started_at,
            measured=worker.measured,
            running=running,
        )

    return database.read(work)


def _shown(worker: WorkerRow, used: int, now: datetime) -> ShownWorker:
    """`now`: by the database's clock, as heartbeats are."""
    silent = worker.heartbeat_at is not None and worker.heartbeat_at < now - SILENT_AFTER
    return ShownWorker(
        name=worker.name,
        state=_state(worker, now, silent=silent),
        labels=worker.labels,
        slots=worker.slots,
        used=used,
        host=worker.host,
        version=worker.version,
        heartbeat_at=worker.heartbeat_at,
        silent_since=worker.heartbeat_at if silent else None,
        skew=worker.skew if worker.skew is not None and abs(worker.skew) > SKEW_SHOWN else None,
        expires_at=worker.expires_at,
    )


def _state(worker: WorkerRow, now: datetime, *, silent: bool) -> str:
    if worker.state == "invited":
        return "expired" if worker.expires_at is not None and worker.expires_at < now else "invited"
    if silent or worker.heartbeat_at is None:
        return "silent"
    if worker.protocol is not None and not speaks(worker.protocol):
        return "incompatible"
    return worker.state
