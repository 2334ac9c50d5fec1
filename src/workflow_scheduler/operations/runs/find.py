"""Finds a run by its ID, a part of it, its workflow, or `last`."""

from __future__ import annotations

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.storage import catalog, queries_runs
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database

__all__ = ["find_run_id", "last_run_id"]

AMONG = 200_000
"""How many of the newest runs are searched for a part of an ID; older ones need their full ID."""
_NAMED = 5


def find_run_id(database: Database, text: str) -> str:
    """The run named by `last`, an ID, a workflow (its last run), or a unique part of an ID."""

    def work(db: Connection) -> str:
        if text == "last":
            newest = queries_runs.list_runs(db, limit=1)
            if not newest:
                raise NotFound("There is no run yet", hint="start one with 'scheduler run WORKFLOW'")
            return newest[0].id
        if run_store.find_run(db, text) is not None:
            return text
        if run_id := _last_of(db, text):
            return run_id
        alike = queries_runs.runs_like(db, text, _NAMED + 1, AMONG) if text else []
        if len(alike) == 1:
            return alike[0]
        if alike:
            names = ", ".join(alike[:_NAMED]) + (", …" if len(alike) > _NAMED else "")
            raise NotFound(f"{text!r} is part of several run IDs: {names}. Give more of the ID.")
        if catalog.find_workflow(db, text) is not None:
            raise _never_ran(text)
        raise no_such("run", text)

    return database.read(work)


def last_run_id(database: Database, workflow_id: str) -> str:
    """The last queued run of the workflow; NotFound if it has none."""

    def work(db: Connection) -> str:
        if run_id := _last_of(db, workflow_id):
            return run_id
        if catalog.find_workflow(db, workflow_id) is None:
            raise no_such("workflow", workflow_id)
        raise _never_ran(workflow_id)

    return database.read(work)


def _never_ran(workflow_id: str) -> NotFound:
    return NotFound(f"{workflow_id!r} has no run yet", hint=f"start one with 'scheduler run {workflow_id}'")


def _last_of(db: Connection, workflow_id: str) -> str | None:
    newest = queries_runs.list_runs(db, limit=1, workflow_id=workflow_id)
    return newest[0].id if newest else None
