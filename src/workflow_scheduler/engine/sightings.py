"""Notes what commands do that take longer than their deadlines. In threads of their own: a look may hang, and planning must
not."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Collection, Iterable
from datetime import datetime

from workflow_scheduler.domain.deadline import Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.executors.base import Executor
from workflow_scheduler.storage.database import Database
from workflow_scheduler.storage.sightings import LONG, Sighting, add_sightings

__all__ = ["Sightings"]

MOST = 20
"""Runs and tasks that are examined for one batch of deadlines."""
_log = logging.getLogger(__name__)


class Sightings:
    """Of the commands of one executor."""

    def __init__(self, database: Database, executor: Executor) -> None:
        self._database = database
        self._executor = executor
        self._looker: threading.Thread | None = None

    def look(self, judged: Iterable[Deadline], now: datetime) -> None:
        """Look at what took too long of these. Nothing is done while an earlier look hangs."""
        long = {
            (deadline.run_id or "", deadline.task_id)
            for deadline in judged
            if deadline.kind is DeadlineKind.LONGER_THAN and deadline.state is DeadlineState.MISSED
        }
        if long and (self._looker is None or not self._looker.is_alive()):
            looker = threading.Thread(target=self._note, args=(long, now), name="sightings", daemon=True)
            with contextlib.suppress(RuntimeError):  # no more threads
                looker.start()
                self._looker = looker

    def wait(self, seconds: float) -> None:
        """Until what is found is noted."""
        if self._looker is not None:
            self._looker.join(seconds)

    def _note(self, long: Collection[tuple[str, str]], now: datetime) -> None:
        try:
            found = [
                Sighting(key, LONG, now, seen)
                for run_id, task_id in sorted(long)[:MOST]
                for key, seen in self._executor.look(run_id, task_id).items()
            ]
            if found:
                self._database.write(lambda db: add_sightings(db, found), patience=5)
        except Exception:
            _log.exception("What a command does that takes too long could not be noted")
