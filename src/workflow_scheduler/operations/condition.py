"""Whether the scheduler of a home is running, responding or stopping: one judgement for every interface."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.engine.lock import Holder
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import queries_runs
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["SILENT", "Condition", "Holder", "condition_of"]

SILENT = timedelta(seconds=30)
"""A scheduler without a heartbeat for this long does not respond; it writes one every ten seconds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`about` is the scheduler's own description; None if none is running. Times are UTC.

    `silent_since`: the last heartbeat, if it does not respond. `ending`: how it was asked to stop, if at all, and since when;
    `runs` are in progress.
    """

    about: Holder | None
    heartbeat: datetime | None = None
    silent_since: datetime | None = None
    ending: str | None = None
    ending_since: datetime | None = None
    runs: int = 0

    @property
    def running(self) -> bool:
        return self.about is not None

    @property
    def pid(self) -> int | None:
        return None if self.about is None else self.about.pid

    @property
    def waits_for_runs(self) -> bool:
        """Whether it starts no new runs and stops once those in progress have finished."""
        return self.ending == "wait"

    def problem(self) -> str:
        """A sentence about what keeps it from working, without advice; empty if nothing does."""
        if self.about is None:
            return "The scheduler is not running."
        if self.silent_since is not None:
            return f"The scheduler (pid {self.pid}) is not responding: no heartbeat since {_moment(self.silent_since)}."
        if self.waits_for_runs:
            runs = "1 run has" if self.runs == 1 else f"{self.runs} runs have"
            since = f", as asked at {_moment(self.ending_since)}" if self.ending_since else ""
            return f"The scheduler starts no new runs and stops once {runs} finished{since}."
        return "The scheduler is stopping." if self.ending is not None else ""


def condition_of(database: Database, about: Holder | None, now: datetime) -> Condition:
    """Judge by the database row of the scheduler described by `about`."""
    if about is None or (engine_id := about.engine_id) is None:  # none, or one that is starting
        return Condition(about)

    def work(db: Connection) -> Condition:
        row = engine_store.engines_of(db, [engine_id]).get(engine_id)
        if row is None:
            return Condition(about)
        silent = row.heartbeat_at if now - row.heartbeat_at > SILENT else None
        runs = queries_runs.run_counts(db).get("running", 0) if row.stop_request else 0
        return Condition(about, row.heartbeat_at, silent, row.stop_request, row.stop_asked_at, runs)

    return database.read(work)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
