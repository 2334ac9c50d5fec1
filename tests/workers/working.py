"""A scheduler played by SQL, and the real workers of its database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import worker_rows
from namespaces import Machine
from patience import PATIENCE

from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.domain.task import Task
from workflow_scheduler.executors.base import AttemptSpec
from workflow_scheduler.executors.wire import spec_json
from workflow_scheduler.files.bundle import collect
from workflow_scheduler.processes.attempt_status import end_leftovers
from workflow_scheduler.storage import assignments, worker_reports
from workflow_scheduler.storage.bundles import BundleRow, put_bundle
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.workers.membership import Membership, write_membership

PROGRAM = ("-m", "workflow_scheduler")
ELSEWHERE = ("SCHEDULER_HOME", "DB_URL", "WEB", "COLUMNS")


def end_commands(home: Path) -> None:
    """End what a test left running in the home of a worker."""
    for folder in home.glob("attempts/*/*"):
        end_leftovers({"ATTEMPT_FOLDER": str(folder.resolve())})


class Home:
    """The home of a worker, and its process."""

    def __init__(self, path: Path, url: str, name: str) -> None:
        path.mkdir()
        self.path = path
        self.env = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self.env |= {"SCHEDULER_HOME": str(path), "PYTHONIOENCODING": "utf-8", "TZ": "UTC"}
        self.processes: list[subprocess.Popen[str]] = []
        write_membership(path, Membership(name, url))

    @property
    def process(self) -> subprocess.Popen[str]:
        return self.processes[-1]

    def start(
        self, *, ready: bool = True, program: Sequence[str] = PROGRAM, machine: Machine | None = None
    ) -> dict[str, Any]:
        """Start its worker, on that machine; what it says once it works."""
        command = [sys.executable, *program, "worker", "start", "--json"]
        if machine is not None:
            command = machine.inside(*command)
        texts: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        self.processes.append(subprocess.Popen(command, cwd=self.path, env=self.env, **texts))
        if not ready:
            return {}
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        found: dict[str, Any] = json.loads(line)
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        said, errors = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, errors) == (0, ""), (said, errors)

    def ended(self) -> tuple[int, str]:
        """The exit code and the last words of a worker that ends by itself."""
        errors = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, errors

    def log(self) -> str:
        return (self.path / "worker.log").read_text(encoding="utf-8")

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        end_commands(self.path)

    def folder(self, key: AttemptKey) -> Path:
        return self.path / "attempts" / key.run_id / f"{key.task_id}.{key.number}"


class Scheduler:
    """Gives attempts to workers, and hears what they report."""

    def __init__(self, database: Database, url: str, folder: Path, until: Callable[..., Any]) -> None:
        self.database, self.url, self.folder, self.until = database, url, folder, until
        self.homes: list[Home] = []

    def worker(self, name: str, *, slots: int = 2) -> Home:
        """A new worker, with a home of its own."""
        desk = worker_rows.desk(self.database, self.url, name, self.folder)
        desk.database.close()
        self.database.write(
            lambda db: db.run("UPDATE workers SET slots = :slots WHERE name = :name", slots=slots, name=name)
        )
        return self.home(name, f"{name}-home")

    def home(self, name: str, folder: str) -> Home:
        """A home for that worker, which may have others."""
        role = self.database.read(lambda db: db.value("SELECT role_name FROM workers WHERE name = :name", name=name))
        home = Home(self.folder / folder, self.url.replace("//tester@", f"//{role}@"), name)
        self.homes.append(home)
        return home

    def give(self, worker: str, key: AttemptKey, code: str, *, ring: bool = True, **options: Any) -> None:
        secrets, bundle = options.pop("refers", {}), options.pop("bundle", "")
        command = options.pop("command", sys.executable)
        task = Task(key.task_id, command, ("-c", code) if code else (), **options)
        values = {"RUN_ID": key.run_id, "TASK_ID": key.task_id, "ATTEMPT": str(key.number), "WORKFLOW_ID": "w"}
        spec = spec_json(AttemptSpec(key, task, values, secrets=secrets, bundle=bundle))
        now = datetime.now(UTC)

        def work(db: Connection) -> None:
            assignments.add_assignments(db, [(key, {"worker": worker}, spec, bundle or None)], now)
            assignments.offer(db, {key: worker}, now)
            if ring:
                assignments.ring(db, worker)

        worker_rows.add_attempts(self.database, key)
        self.database.write(work)

    def store(self, folder: Path, *patterns: str) -> str:
        """The hash of these files, which the database has from now on."""
        found = collect(folder, patterns)
        about = BundleRow(found.files, found.size)
        self.database.write(lambda db: put_bundle(db, found.hash, found.content, about, datetime.now(UTC)))
        return found.hash

    def order(self, worker: str, work: Callable[[Connection], object]) -> None:
        def both(db: Connection) -> None:
            work(db)
            assignments.ring(db, worker)

        self.database.write(both)

    def stop(self, worker: str, key: AttemptKey) -> None:
        self.order(worker, lambda db: assignments.request_stop(db, {key: "cancelled by hand"}))

    def watch(self, worker: str, key: AttemptKey) -> None:
        until = datetime.now(UTC) + timedelta(hours=1)
        self.order(worker, lambda db: assignments.watch(db, key, until))

    def told(self, key: AttemptKey) -> list[dict[str, Any]]:
        found = self.database.read(lambda db: worker_reports.reports(db, 1000))
        return [dict(report.report) for report in found if report.key == key]

    def started(self, key: AttemptKey) -> dict[str, Any]:
        return self._one(key, "started")

    def outcome(self, key: AttemptKey) -> dict[str, Any]:
        return self._one(key, "outcome")

    def _one(self, key: AttemptKey, kind: str) -> dict[str, Any]:
        found = self.until(lambda: [report for report in self.told(key) if report["kind"] == kind])
        assert len(found) == 1, found
        return dict(found[0])

    def state(self, key: AttemptKey) -> str:
        return self.database.read(lambda db: assignments.assignments_of(db, [key]))[key].state

    def output(self, key: AttemptKey, stream: str = "stdout") -> bytes:
        parts = self.database.read(lambda db: worker_reports.output_after(db, key, stream, 0, 1_000_000))
        data = b""
        for position, part in parts:
            assert position == len(data)
            data += part
        return data
