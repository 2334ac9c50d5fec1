"""A worker's heartbeat: what its machine does now, and in answer what it may do."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from workflow_scheduler.processes.lease import LEASE, elapsed, renew
from workflow_scheduler.storage.worker_desk import WorkerDesk

from .contact import CLOSING, Contact

__all__ = ["BEAT", "Heartbeat", "measured"]

BEAT = 10.0
"""Seconds."""
_log = logging.getLogger(__name__)


class Heartbeat:
    """Beats in a thread of its own. `told` gets the answer, and when it was asked for, as `elapsed` tells."""

    def __init__(
        self,
        desk: WorkerDesk,
        contact: Contact,
        home: Path,
        now: Callable[[], datetime],
        measure: Callable[[], Mapping[str, Any]],
        told: Callable[[Mapping[str, Any], float], None],
    ) -> None:
        self._desk, self._contact, self._lease = desk, contact, home / LEASE
        self._now, self._measure, self._told = now, measure, told
        self.trouble = ""
        """Why nothing that may start elsewhere can run here; empty if it can."""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(CLOSING)

    def answered(self, asked_at: float) -> None:
        """The database knows that this worker lived then, as `elapsed` told: what others may start elsewhere may go on."""
        try:
            renew(self._lease, asked_at)
        except OSError as error:
            before, self.trouble = self.trouble, f"{self._lease} cannot be written ({error.strerror})"
            if self.trouble != before:
                _log.error("%s, so that commands end which may start elsewhere; mend that", self.trouble)
        else:
            self.trouble = ""

    def _run(self) -> None:
        while not self._closed.is_set():
            with self._contact.asking():
                asked_at = elapsed()
                terms = self._desk.beat(self._now(), self._measure())
                self.answered(asked_at)
                self._told(terms, asked_at)
            self._closed.wait(BEAT)


def measured(home: Path, running: int) -> dict[str, Any]:
    """What a person wants to know of the machine: its load in percent since the last call, and the free space of the home's
    disk."""
    return {
        "running": running,
        "cpu_percent": psutil.cpu_percent(),
        "memory_percent": psutil.virtual_memory().percent,
        "free_mb": shutil.disk_usage(home).free // 1_000_000,
    }
