"""Sends each attempt to the executor of its place: this machine, or the workers on others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from workflow_scheduler.domain.run import AttemptKey

from .base import AttemptSpec, Executor, NotLaunched, Outcome, Report, ReportTo

__all__ = ["NEEDS_POSTGRESQL", "PlacedExecutor"]

NEEDS_POSTGRESQL = "it has a `place`, and workers on other machines need PostgreSQL; set DB_URL, or leave the place out"


class PlacedExecutor:
    """Two executors as one. The one for other machines is made when the first attempt needs it."""

    def __init__(self, local: Executor, remote: Callable[[ReportTo], Executor] | None, report: ReportTo) -> None:
        """`remote`: None where the database cannot have workers. Then what has a place is refused."""
        self._local = local
        self._make_remote = remote
        self._report = report
        self._remote: Executor | None = None
        self._elsewhere: set[AttemptKey] = set()
        self._lock = threading.Lock()

    def limit(self, most: int) -> None:
        self._local.limit(most)

    def launch(self, spec: AttemptSpec) -> None:
        if spec.place is None:
            self._local.launch(spec)
        elif (remote := self._for([spec])) is None:
            self._local.launch(_refused(spec))
        else:
            remote.launch(spec)

    def adopt(self, specs: Iterable[AttemptSpec]) -> None:
        found = list(specs)
        placed = [spec for spec in found if spec.place is not None]
        here = [spec for spec in found if spec.place is None]
        if placed and (remote := self._for(placed)) is not None:
            remote.adopt(placed)
        else:
            here += map(_refused, placed)
        self._local.adopt(here)

    def stop(self, reasons: Mapping[AttemptKey, str]) -> None:
        remote = self._remote
        if remote is None:
            self._local.stop(reasons)
            return
        with self._lock:
            elsewhere = {key: reason for key, reason in reasons.items() if key in self._elsewhere}
        remote.stop(elsewhere)
        self._local.stop({key: reason for key, reason in reasons.items() if key not in elsewhere})

    def interrupt(self, why: str) -> None:
        self._local.interrupt(why)

    def look(self, run_id: str, task_id: str) -> Mapping[AttemptKey, Mapping[str, Any]]:
        here = self._local.look(run_id, task_id)
        return here if self._remote is None else {**here, **self._remote.look(run_id, task_id)}

    def busy(self) -> bool:
        return self._local.busy()

    def close(self) -> None:
        self._local.close()
        if self._remote is not None:
            self._remote.close()

    def _for(self, specs: Iterable[AttemptSpec]) -> Executor | None:
        if self._remote is None and self._make_remote is not None:
            self._remote = self._make_remote(self._told)
        if self._remote is not None:
            with self._lock:
                self._elsewhere.update(spec.key for spec in specs)
        return self._remote

    def _told(self, report: Report) -> None:
        if isinstance(report, Outcome | NotLaunched):
            with self._lock:
                self._elsewhere.discard(report.key)
        self._report(report)


def _refused(spec: AttemptSpec) -> AttemptSpec:
    return replace(spec, refusal=spec.refusal or NEEDS_POSTGRESQL)
