"""A worker on this machine, in a thread of the test, and an executor that gives it its attempts."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from executing import Executing

from workflow_scheduler.domain.placement import PROTOCOL, Place
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import AttemptSpec, NotLaunched, Outcome, Report, ReportTo
from workflow_scheduler.executors.local import LocalExecutor
from workflow_scheduler.executors.wire import kind_of, read_spec, report_json
from workflow_scheduler.executors.worker import WorkerExecutor
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.worker_desk import PART, WorkerDesk
from workflow_scheduler.workers.bundles import Bundles
from workflow_scheduler.workers.contact import Contact

WAIT = 0.02
"""Seconds between two looks of the worker."""


class Working:
    """Claims what is offered to the worker of this desk, runs it in a home of its own and reports."""

    def __init__(self, desk: WorkerDesk, home: Path) -> None:
        self.desk = desk
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self.executor = LocalExecutor(home, self.reports.put, unpack=Bundles(desk, Contact(lambda: None), home).unpack)
        self.executor.limit(2)
        self._stopped: dict[AttemptKey, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="test worker", daemon=True)

    def start(self) -> None:
        place = {"boot": "b", "home_id": self.desk.home_id}
        self.desk.hello("host", {"pid": 1, "home": str(self.home), "place": place}, "1", PROTOCOL)
        self.executor.adopt(read_spec(given.key, given.spec, begun=given.begun) for given in self.desk.held())
        self._thread.start()

    def close(self) -> None:
        """Commands go on, as when a worker ends."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.executor.close()

    def _work(self) -> None:
        while not self._ended.wait(WAIT):
            for given in self.desk.claim(100):
                self.executor.launch(read_spec(given.key, given.spec, begun=given.begun))
            for order in self.desk.orders():
                if order.look:
                    self.desk.seen(
                        order.key, self.executor.look(order.key.run_id, order.key.task_id).get(order.key, {})
                    )
                if order.watched:
                    self._send(order.key)
                reason = "given up" if order.fenced else order.stop_reason
                if reason is not None and self._stopped.get(order.key) != reason:
                    self._stopped[order.key] = reason
                    self.executor.stop({order.key: reason})
            while not self.reports.empty():
                self._report(self.reports.get())

    def _report(self, report: Report) -> None:
        if isinstance(report, Outcome):
            self._send(report.key)
        if isinstance(report, Outcome | NotLaunched):
            self._stopped.pop(report.key, None)
        self.desk.report([(report.key, kind_of(report), report_json(report))])

    def _send(self, key: AttemptKey) -> None:
        folder = self.home / "attempts" / key.run_id / f"{key.task_id}.{key.number}"
        for stream in ("stdout", "stderr"):
            if (path := folder / f"{stream}.log").exists():
                data, at = path.read_bytes(), 0
                while part := data[at : at + PART]:
                    at = self.desk.put_output(key, stream, at, part) or len(data)


class OneWorkers(WorkerExecutor):
    """All attempts run on one worker, whose limits and interruptions are those of this executor."""

    def __init__(self, database: Database, home: Path, report: ReportTo, worker: Working, name: str) -> None:
        super().__init__(database, home, report)
        self._worker = worker
        self._name = name

    def limit(self, most: int) -> None:
        self._worker.executor.limit(most)

    def launch(self, spec: AttemptSpec) -> None:
        super().launch(replace(spec, place=Place(self._name)))

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        super().adopt([replace(spec, place=Place(self._name)) for spec in specs])

    def interrupt(self, why: str) -> None:
        self._worker.executor.interrupt(why)

    def busy(self) -> bool:
        return self._worker.executor.busy()


class ExecutingOnWorker(Executing):
    """`home`: where commands run, which is the worker's. The scheduler has one of its own."""

    def __init__(self, database: Database, schedulers_home: Path, worker: Working, name: str) -> None:
        self.home = worker.home
        self.reports = queue.Queue()
        self.executor: Any = OneWorkers(database, schedulers_home, self.reports.put, worker, name)
        self._parts = (database, schedulers_home, worker, name)

    def later(self) -> Executing:
        return ExecutingOnWorker(*self._parts)

    def output(self, number: int = 1, stream: str = "stdout") -> str:
        folder = self._parts[1] / "attempts" / "r" / f"t.{number}"
        return (folder / f"{stream}.log").read_text(encoding="utf-8")
