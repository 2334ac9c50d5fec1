"""Explains why a queued run has not started."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.engine.admission import Admission, Hold, Rule
from workflow_scheduler.engine.backfilling import holds_of
from workflow_scheduler.operations.condition import Condition
from workflow_scheduler.storage import backfills, catalog, queries_runs
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["Held", "hold_of", "why_queued"]

NAMED = 3
"""The most runs to name."""
_OF_BACKFILL = (Rule.BACKFILL_PAUSED, Rule.BACKFILL_WINDOW, Rule.BACKFILL_GIVES_WAY)
"""These concern no run in progress."""


def why_queued(
    database: Database, run_id: str, condition: Condition | None, max_runs: int, lack_of_room: str, now: datetime
) -> str:
    """A sentence; empty if the run is not queued or nothing holds it back. `condition`: of the scheduler, if one should
    start it."""

    def work(db: Connection) -> str:
        run = run_store.find_run(db, run_id)
        if run is None or run.state is not RunState.QUEUED:
            return ""
        if condition is not None and (problem := condition.problem()):
            return problem
        if lack_of_room:
            return lack_of_room
        held = hold_of(db, run, max_runs, now)
        if held is None:
            return ""
        return f"{held.hold.reason} In progress: {_names(held.runs)}." if held.runs else held.hold.reason

    return database.read(work)


class Held(NamedTuple):
    """What keeps a run from starting, and the runs in progress because of which it does."""

    hold: Hold
    runs: list[Run]


def hold_of(db: Connection, run: Run, max_runs: int, now: datetime) -> Held | None:
    """None if a queued run may start."""
    found = catalog.find_workflow(db, run.workflow_id)
    running = queries_runs.list_runs(db, limit=None, state=RunState.RUNNING)
    admission = Admission(max_runs, 0, run.engine_id)
    for other in running:
        admission.admit(other)
    if run.backfill_id is not None:
        admission.holds = holds_of([backfill for backfill, _ in backfills.open_backfills(db)], now)
        admission.waiting = [run.workflow_id] if backfills.gives_way(db, run.workflow_id) else []
    hold = admission.hold(run, found[0].max_active_runs if found else None)
    if hold is None:
        return None
    if hold.rule in _OF_BACKFILL:
        running = []
    elif hold.rule is Rule.SCHEDULE_OVERLAP:
        running = [other for other in running if other.schedule_id == run.schedule_id]
    elif hold.rule is not Rule.MAX_RUNS:
        running = [other for other in running if other.workflow_id == run.workflow_id]
    return Held(hold, running)


def _names(runs: list[Run]) -> str:
    names = ", ".join(run.id for run in runs[:NAMED])
    return names if len(runs) <= NAMED else f"{names} and {len(runs) - NAMED} more"
