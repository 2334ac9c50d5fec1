"""All changes of workflows, each in one transaction. `now` is the time of the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from workflow_scheduler.domain.deadlines import named_calendar
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.identifiers import check_identifier, first_unused
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.domain.workflow_check import check_workflow
from workflow_scheduler.files.bundle import collect
from workflow_scheduler.operations.lookup import check_calendar, existing_workflow
from workflow_scheduler.operations.schedules.reschedule import account_until, reschedule
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database

from .arguments import check_arguments
from .bundles import changed_files
from .parameters import check_parameters

__all__ = [
    "change_workflow",
    "copy_workflow",
    "create_workflow",
    "delete_workflow",
    "next_workflow_id",
    "rename_workflow",
    "save_changed",
]


def create_workflow(database: Database, workflow_id: str | None, now: datetime, description: str = "") -> Workflow:
    """Store a new workflow without tasks; without an identifier it gets the next free `workflow_N`."""

    def work(db: Connection) -> Workflow:
        name = workflow_id or first_unused("workflow", catalog.workflow_ids_ever(db))
        workflow = Workflow(check_identifier("workflow", name), description)
        _refuse_known(db, name)
        catalog.save_workflow(db, workflow, now)
        return workflow

    return write_and_wake(database, work)


def next_workflow_id(database: Database) -> str:
    return database.read(lambda db: first_unused("workflow", catalog.workflow_ids_ever(db)))


def change_workflow(
    database: Database,
    workflow_id: str,
    change: Callable[[Workflow], Workflow],
    now: datetime,
    folder: Path | None = None,
) -> Workflow:
    """Save the result of `change` as a new version; nothing is saved if it is the same. `folder`: where the `files` are that
    it names, whatever they were before."""
    bundle = None
    if folder is not None:  # before the transaction: they may be large, or on a share that is slow
        files = change(database.read(lambda db: existing_workflow(db, workflow_id))).files
        bundle = collect(folder, files) if files else None

    def work(db: Connection) -> Workflow:
        workflow = existing_workflow(db, workflow_id)
        changed = changed_files(db, workflow, change(workflow), bundle, now)
        check_workflow(changed)
        # A version saved before a check existed can still be paused.
        if changed.tasks != workflow.tasks:
            check_arguments(changed)
        if _placed(changed) != _placed(workflow):
            check_parameters(changed, catalog.list_schedules(db, workflow_id))
        for asked in (changed.deadlines.finish_by, *(task.deadlines.finish_by for task in changed.tasks)):
            check_calendar(db, named_calendar(asked))
        if changed != workflow:
            save_changed(db, workflow, changed, now)
        return changed

    return write_and_wake(database, work)


def _placed(workflow: Workflow) -> object:
    """The parameters, and all in which placeholders may stand."""
    return workflow.tasks, workflow.params, workflow.env, workflow.working_dir


def save_changed(db: Connection, old: Workflow, new: Workflow, now: datetime) -> int:
    """Save a new version in the caller's transaction, and pause or resume its schedules if that changed."""
    version = catalog.save_workflow(db, new, now)
    if new.enabled != old.enabled:
        for schedule in catalog.list_schedules(db, new.id, lock=True):
            reschedule(db, schedule, schedule, now, was=old.enabled, will=new.enabled)
    return version


def rename_workflow(database: Database, old: str, new: str, now: datetime) -> None:
    """Give a workflow, its schedules and its history another name. Refused while one of its runs is open."""

    def work(db: Connection) -> None:
        existing_workflow(db, old)
        check_identifier("workflow", new)
        if new in catalog.workflow_ids_ever(db):
            raise Refused(f"The ID {new!r} is, or was, used by a workflow; choose another ID.")
        if catalog.has_open_runs(db, old):
            raise Refused(
                f"A run of {old!r} has not finished", hint="wait for it, or cancel it with 'scheduler runs cancel'"
            )
        catalog.rename_workflow(db, old, new, now)

    write_and_wake(database, work)


def copy_workflow(database: Database, old: str, new: str | None, now: datetime) -> Workflow:
    """Store the definition under another name. Schedules are not copied: nothing runs twice by accident."""

    def work(db: Connection) -> Workflow:
        name = new or first_unused("workflow", catalog.workflow_ids_ever(db))
        copy = replace(existing_workflow(db, old), id=check_identifier("workflow", name))
        _refuse_known(db, name)
        catalog.save_workflow(db, copy, now)
        return copy

    return write_and_wake(database, work)


def delete_workflow(database: Database, workflow_id: str, now: datetime) -> None:
    """Delete a workflow and its schedules. Runs in progress continue, and history is kept."""

    def work(db: Connection) -> None:
        workflow = existing_workflow(db, workflow_id)
        for schedule in catalog.list_schedules(db, workflow_id, lock=True):
            account_until(db, schedule, now, workflow.enabled)
        catalog.delete_workflow(db, workflow_id, now)

    write_and_wake(database, work)


def _refuse_known(db: Connection, workflow_id: str) -> None:
    if catalog.find_workflow(db, workflow_id) is not None:
        raise Refused(f"The workflow {workflow_id!r} already exists; choose another ID, or edit that one.")
