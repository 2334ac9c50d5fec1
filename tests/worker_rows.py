"""Workers and attempts as rows, made without the commands that make them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage import assignments
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.migrations.worker_functions import FUNCTIONS, named
from workflow_scheduler.storage.worker_desk import WorkerDesk
from workflow_scheduler.storage.workers import WorkerRow, add_worker, list_workers

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def desk(database: Database, url: str, name: str, folder: Path, slots: int = 2) -> WorkerDesk:
    """A worker with the label `l`, and its way to the database with a role of its own."""
    role = f"w_{uuid.uuid4().hex}"

    def work(db: Connection) -> None:
        db.run(f"CREATE ROLE {role} LOGIN")
        for function in FUNCTIONS:
            db.run(f"GRANT EXECUTE ON FUNCTION {named(function)} TO {role}")
        add_worker(db, WorkerRow(name, role, ("l",), slots, "active", NOW))

    database.write(work)
    own = Database(url.replace("//tester@", f"//{role}@"), folder)
    return WorkerDesk(own, str(uuid.uuid4()), "h")


def drop_roles(database: Database) -> None:
    """Roles belong to the whole cluster, and would stay."""

    def work(db: Connection) -> None:
        for worker in list_workers(db):
            db.run(f"DROP OWNED BY {worker.role_name}")
            db.run(f"DROP ROLE {worker.role_name}")

    database.write(work)


def add_attempts(database: Database, *keys: AttemptKey) -> None:
    """Attempts that an engine has claimed."""
    insert = "INSERT INTO attempts (run_id, task_id, number, state, reason, outputs) VALUES (:run_id, :task_id, :number, 'launching', '', '[]')"
    database.write(lambda db: db.run_each(insert, [key._asdict() for key in keys]))


def add_machines(database: Database, *workers: WorkerRow) -> None:
    """Machines as they are, without roles of their own."""

    def work(db: Connection) -> None:
        for worker in workers:
            add_worker(db, worker)

    database.write(work)


def give(database: Database, key: AttemptKey, worker: str, claimed: datetime | None, started: datetime | None) -> None:
    """Give a worker the attempt. `claimed`: when it took it; None: it was only offered."""

    def work(db: Connection) -> None:
        assignments.add_assignments(db, [(key, {"worker": worker}, {}, None)], NOW)
        assignments.offer(db, {key: worker}, NOW)
        if claimed is not None:
            query = """
                UPDATE assignments SET state = 'claimed', claimed_at = :claimed, started_at = :started
                WHERE (run_id, task_id, number) = (:run_id, :task_id, :number)"""
            db.run(query, claimed=claimed, started=started, **key._asdict())

    database.write(work)
