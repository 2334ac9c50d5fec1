"""Workers as people see them: whether they work, how much they have to do, and what runs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.placement import speaks
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.storage import assignments, health
from workflow_scheduler.storage import workers as store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.workers import SILENT_AFTER, WorkerRow

__all__ = [
    "SKEW_SHOWN",
    "ShownWorker",
    "StartedWith",
    "WorkerDetail",
    "WorkerTask",
    "existing_worker",
    "show_worker",
    "worker_list",
]

SKEW_SHOWN = 2.0
"""Seconds from which on a clock is said to be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedWith:
    """What the process of a worker takes of the worker's labels and slots."""

    labels: tuple[str, ...]
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWorker:
    """`state`: "invited", "expired", "active", "draining", "silent" or "incompatible", which is given nothing as its version is
    too far from the scheduler's. `draining`: it gets nothing more, whatever else its state is. `started_with`: None if it takes all of its labels and slots. `used`: slots with an attempt, or promised one. `silent_since`: its last heartbeat, if it should have
    come again. `lack`: why it starts nothing now; empty if nothing keeps it from that. `skew`: seconds that its clock is ahead. `measured`: what its machine does, as its last heartbeat said.
    `running`: what it has claimed, the oldest first."""

    name: str
    state: str
    draining: bool
    labels: tuple[str, ...]
    slots: int
    started_with: StartedWith | None
    used: int
    host: str | None
    version: str | None
    heartbeat_at: datetime | None
    silent_since: datetime | None
    lack: str
    skew: float | None
    expires_at: datetime | None
    measured: Mapping[str, Any] | None
    running: Sequence[WorkerTask]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTask:
    workflow: str
    run: str
    task: str
    attempt: int
    claimed_at: datetime | None
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDetail(ShownWorker):
    """`role`: its role in the database. `started_at`: when its process was started."""

    role: str
    started_at: datetime | None


def existing_worker(db: Connection, name: str) -> WorkerRow:
    found = store.find_worker(db, name)
    if found is None:
        raise no_such("worker", name)
    return found


def worker_list(database: Database, now: datetime) -> list[ShownWorker]:
    return database.read(lambda db: _shown(db, store.list_workers(db), now))


def show_worker(database: Database, name: str, now: datetime) -> WorkerDetail:
    def work(db: Connection) -> WorkerDetail:
        worker = existing_worker(db, name)
        (shown,) = _shown(db, [worker], now)
        return widened(shown, WorkerDetail, role=worker.role_name, started_at=worker.started_at)

    return database.read(work)


def _shown(db: Connection, workers: Sequence[WorkerRow], now: datetime) -> list[ShownWorker]:
    taken, time = assignments.open_by_worker(db), health.server_time(db) or now
    running: dict[str, list[WorkerTask]] = {}
    for claim in assignments.claims(db):
        running.setdefault(claim.worker, []).append(_task(claim))
    return [_one(worker, taken.get(worker.name, 0), running.get(worker.name, []), time) for worker in workers]


def _task(claim: assignments.Claim) -> WorkerTask:
    return WorkerTask(
        workflow=claim.workflow_id,
        run=claim.key.run_id,
        task=claim.key.task_id,
        attempt=claim.key.number,
        claimed_at=claim.claimed_at,
        started_at=claim.started_at,
    )


def _one(worker: WorkerRow, used: int, running: Sequence[WorkerTask], now: datetime) -> ShownWorker:
    """`now`: by the database's clock, as heartbeats are."""
    silent = worker.heartbeat_at is not None and worker.heartbeat_at < now - SILENT_AFTER
    labels, slots = worker.taken
    less = (labels, slots) != (worker.labels, worker.slots)
    return ShownWorker(
        name=worker.name,
        state=_state(worker, now, silent=silent),
        draining=worker.state == "draining",
        labels=worker.labels,
        slots=worker.slots,
        started_with=StartedWith(labels=labels, slots=slots) if less else None,
        used=used,
        host=worker.host,
        version=worker.version,
        heartbeat_at=worker.heartbeat_at,
        silent_since=worker.heartbeat_at if silent else None,
        lack="" if silent else worker.lack,
        skew=worker.skew if worker.skew is not None and abs(worker.skew) > SKEW_SHOWN else None,
        expires_at=worker.expires_at,
        measured=worker.measured,
        running=running,
    )


def _state(worker: WorkerRow, now: datetime, *, silent: bool) -> str:
    if worker.state == "invited":
        return "expired" if worker.expires_at is not None and worker.expires_at < now else "invited"
    if silent or worker.heartbeat_at is None:
        return "silent"
    if worker.protocol is not None and not speaks(worker.protocol):
        return "incompatible"
    return worker.state
