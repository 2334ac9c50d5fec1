"""How an engine should stop: by a signal, by its owner, or by a request in the database, which can be cancelled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.executors.base import INTERRUPTIONS
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database

from .cancel import cancel_runs

__all__ = ["StopRequest"]

PATIENCE = timedelta(seconds=20)
"""For which a stop with "kill" waits for commands on other machines."""

_log = logging.getLogger(__name__)


class StopRequest:
    """ "leave": running commands continue without the engine; "wait": it stops after the runs in progress; "kill": it cancels them.
    "shutdown" or "signout": it has commands ended, which go with the machine or the session, and the next engine tries again."""

    def __init__(self, database: Database, engine_id: int) -> None:
        self._database = database
        self._engine_id = engine_id
        self.told: str | None = None
        self._asked: str | None = None
        self._killed_at: datetime | None = None

    @property
    def how(self) -> str | None:
        return self.told or self._asked

    def waited(self, now: datetime) -> bool:
        """Whether what was cancelled had time to end. Commands on machines that do not answer end when they do."""
        return self._killed_at is not None and not timedelta() <= now - self._killed_at < PATIENCE

    def look(self, now: datetime) -> None:
        """Read the current request, and cancel the runs if it asks for that."""
        before, self._asked = (
            self._asked,
            self._database.read(lambda db: engine_store.stop_request(db, self._engine_id)),
        )
        if self._asked != before and self._asked is None:
            _log.info("The stop was cancelled; runs are started again")
        elif self._asked != before and self._asked == "wait":
            _log.info("Stopping once the runs in progress have finished; no new run is started")
        elif self._asked != before and self._asked in INTERRUPTIONS:
            _log.info(
                "Stopping the commands because %s; the next start retries their tasks", INTERRUPTIONS[self._asked]
            )
        if self.how == "kill" and self._killed_at is None:
            self._killed_at = now
            self._database.write(lambda db: self._kill(db, now))

    def _kill(self, db: Connection, now: datetime) -> None:
        mine = [run.id for run in run_store.runs_of_engine(db, self._engine_id) if run.state is RunState.RUNNING]
        cancel_runs(db, mine, "the scheduler was stopped with --kill", now)
