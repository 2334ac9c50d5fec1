"""Why a run that was queued has not started, as far as it can be seen: for whoever waits for it."""

from __future__ import annotations

from workflow_scheduler.domain.run import RunState
from workflow_scheduler.operations.condition import Condition
from workflow_scheduler.storage import catalog, views
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["why_queued"]


def why_queued(database: Database, run_id: str, condition: Condition | None, max_runs: int, lack_of_room: str) -> str:
    """A sentence; empty if it is not queued, or nothing stands in its way. `condition`: of the scheduler, if one is to
    start it."""

    def work(db: Connection) -> str:
        run = run_store.find_run(db, run_id)
        if run is None or run.state is not RunState.QUEUED:
            return ""
        if condition is not None and (problem := condition.problem()):
            return problem
        if lack_of_room:
            return lack_of_room
        found = catalog.find_workflow(db, run.workflow_id)
        limit = found[0].max_active_runs if found else None
        active = views.list_runs(db, limit=None, workflow_id=run.workflow_id, state=RunState.RUNNING)
        if limit is not None and len(active) >= limit:
            names = ", ".join(other.id for other in active[:3])
            return f"max_active_runs of {run.workflow_id} is {limit}, and in progress are: {names}."
        if run.exclusive and active:
            return f"The workflow's run {active[0].id} is in progress (overlap)."
        running = views.run_counts(db).get("running", 0)
        return f"{running} runs are in progress, and MAX_THREADS is {max_runs}." if running >= max_runs else ""

    return database.read(work)
