"""Runs attempts on other machines: gives them to workers by way of the database, and tells what workers report."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.listening import Listener
from workflow_scheduler.storage.worker_reports import delete_settled

from .assigning import Asked, Found, exchange
from .base import AttemptSpec, NotLaunched, Outcome, Report, ReportTo, Unreachable, name_of
from .worker_look import look_elsewhere
from .worker_output import WorkerOutput

__all__ = ["WorkerExecutor"]

CHANNEL = "worker_reports"
LOOK_EVERY = 1.0
"""Seconds between two looks at the database without a hint."""
AT_FRONT = 64
"""How many of those that wait are read with each hint; all of them each `LOOK_EVERY`."""
CLEAN_EVERY = 2.0
"""Seconds between two deletions of what is recorded elsewhere by now."""
_log = logging.getLogger(__name__)


class WorkerExecutor:
    """The attempts that one engine has placed on other machines. What it knows can be read from the database again.

    Commands there do not end with this machine, and their number is no matter of its limits.
    """

    def __init__(self, database: Database, home: Path, report: ReportTo) -> None:
        self._database = database
        self._report = report
        self._output = WorkerOutput(database, home)
        self._listener = Listener(database, CHANNEL)
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._specs: dict[AttemptKey, AttemptSpec] = {}
        self._new: dict[AttemptKey, None] = {}  # in the order in which they came
        self._stops: dict[AttemptKey, str] = {}
        self._passed: dict[AttemptKey, set[int]] = {}
        self._silent: dict[AttemptKey, Any] = {}
        self._waiting: dict[AttemptKey, None] = {}  # the oldest first, as far as is known
        self._all_at = 0.0
        self._clean_at: float | None = time.monotonic()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("workers", self._work), ("workers-heard", self._hear))
        ]
        for thread in self._threads:
            thread.start()

    def limit(self, most: int) -> None:
        """Each worker has its own slots."""

    def launch(self, spec: AttemptSpec) -> None:
        self._take([spec])
        with self._lock:
            self._silent[spec.key] = None  # nothing was said about its machine yet
        self._wake.set()

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        self._take(specs)
        self._wake.set()

    def _take(self, specs: Iterable[AttemptSpec]) -> None:
        with self._lock:
            for spec in specs:
                self._specs[spec.key] = spec
                self._new[spec.key] = None
                self._passed.pop(spec.key, None)
                self._silent.pop(spec.key, None)
                self._waiting.pop(spec.key, None)

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        with self._lock:
            self._stops.update((key, reason) for key, reason in reasons.items() if key in self._specs)
        self._wake.set()

    def interrupt(self, why: str) -> None:
        """Commands on other machines go on."""

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        with self._lock:
            keys = [key for key in self._specs if key.run_id == run_id and task_id in ("", key.task_id)]
        return look_elsewhere(self._database, keys)

    def busy(self) -> bool:
        return False

    def close(self) -> None:
        with self._telling:
            self._closed.set()
        self._listener.close()
        self._wake.set()
        for thread in self._threads:
            thread.join(5)

    def _hear(self) -> None:
        while not self._closed.is_set():
            if self._listener.wait(60):
                self._wake.set()
        self._listener.release()

    def _work(self) -> None:
        while True:
            self._wake.wait(self._pause())
            self._wake.clear()
            if self._closed.is_set():
                return
            try:
                self._step()
            except SchedulerError as error:
                if not self._closed.is_set():
                    _log.warning("The work of other machines cannot be followed, retrying: %s", error)
                self._closed.wait(LOOK_EVERY)
            except Exception:
                _log.exception("The work of other machines cannot be followed, retrying")
                self._closed.wait(LOOK_EVERY)

    def _pause(self) -> float | None:
        """Seconds until the next look; None while there is nothing to look for."""
        if self._specs:
            return LOOK_EVERY
        return None if self._clean_at is None else max(0.0, self._clean_at - time.monotonic())

    def _step(self) -> None:
        if self._specs:
            with self._lock:
                passed = set(itertools.chain.from_iterable(self._passed.values()))
                specs, stops = dict(self._specs), dict(self._stops)
                asked = Asked(specs, self._looked(), list(self._new), stops, passed, dict(self._silent))
            found = self._database.write(lambda db: exchange(db, asked), patience=3600, abandon=self._closed.is_set)
            self._take_in(asked, found)
        if self._clean_at is not None and self._clean_at <= time.monotonic():
            self._database.write(delete_settled, abandon=self._closed.is_set)
            with self._lock:
                self._passed = {key: numbers for key, numbers in self._passed.items() if key in self._specs}
                self._clean_at = time.monotonic() + CLEAN_EVERY if self._specs else None

    def _looked(self) -> list[AttemptKey]:
        """What may have changed. Of a thousand that wait for the same few workers only the first are among them each time."""
        if (now := time.monotonic()) >= self._all_at:
            self._all_at = now + LOOK_EVERY
            self._waiting.clear()
        behind = set(itertools.islice(self._waiting, AT_FRONT, None)) - self._stops.keys()
        return [key for key in self._specs if key not in behind]

    def _take_in(self, asked: Asked, found: Found) -> None:
        with self._lock:
            waiting = dict.fromkeys(found.waiting)
            for key in asked.looked:
                if key not in waiting:
                    self._waiting.pop(key, None)
            self._waiting |= {key: None for key in waiting if self._specs.get(key) is asked.specs[key]}
            for key in asked.new:
                if self._specs.get(key) is asked.specs[key]:  # else it was given again meanwhile
                    self._new.pop(key, None)
            for told in found.others:
                if asked.specs.get(told.key) is self._specs.get(told.key):  # else it was given to this one meanwhile
                    self._passed.setdefault(told.key, set()).add(told.seq)
            for key in found.gone:
                self._drop(key)
        for key in found.watched:
            self._follow(key)
        for seq, report in found.reports:
            self._tell(seq, self._with_output(report) if report.key in found.written else report)

    def _tell(self, seq: int | None, report: Report) -> None:
        key = report.key
        with self._lock:
            if isinstance(report, Outcome | NotLaunched):
                self._drop(key)
            elif isinstance(report, Unreachable):
                self._silent[key] = report.since
            if seq is not None and not isinstance(report, NotLaunched):
                self._passed.setdefault(key, set()).add(seq)
        with self._telling:
            if not self._closed.is_set():
                self._report(report)

    def _drop(self, key: AttemptKey) -> None:
        self._specs.pop(key, None)
        self._new.pop(key, None)
        self._stops.pop(key, None)
        self._silent.pop(key, None)
        self._waiting.pop(key, None)
        if self._clean_at is None:
            self._clean_at = time.monotonic() + CLEAN_EVERY

    def _follow(self, key: AttemptKey) -> None:
        try:
            self._output.follow(key)
        except OSError as error:
            _log.warning("The output of %s cannot be followed: %s", name_of(key), error)

    def _with_output(self, report: Report) -> Report:
        """An outcome, once what its command wrote is here."""
        if not isinstance(report, Outcome):
            return report
        try:
            self._output.finish(report.key)
        except OSError as error:
            return replace(report, reason=f"{report.reason}; some of its output was lost: {error}")
        return report
