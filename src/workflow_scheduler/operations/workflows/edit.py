"""What a person can ask: every change of workflows, tasks and schedules, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.identifiers import check_identifier, first_unused
from workflow_scheduler.domain.schedule import Catchup, Overlap, OverlapScope, Schedule
from workflow_scheduler.domain.workflow import Task, Workflow, check_workflow
from workflow_scheduler.operations.schedules.reschedule import account_until, begun, problem_with, reschedule
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.triggers import parse_spec

from .arguments import check_arguments

__all__ = ["Commands", "find_task"]


class Commands:
    """Changes the definitions in one database. `now` is the moment of the asking."""

    def __init__(self, database: Database, timezone: str) -> None:
        self.database = database
        self.timezone = timezone

    # Workflows

    def create_workflow(self, workflow_id: str | None, now: datetime, description: str = "") -> Workflow:
        """Store a new workflow without tasks; without an identifier it gets the next free `workflow_N`."""

        def work(db: Connection) -> Workflow:
            name = workflow_id or first_unused("workflow", catalog.workflow_ids_ever(db))
            workflow = Workflow(check_identifier("workflow", name), description)
            _refuse_known(db, name)
            catalog.save_workflow(db, workflow, now)
            return workflow

        return write_and_wake(self.database, work)

    def next_workflow_id(self) -> str:
        return self.database.read(lambda db: first_unused("workflow", catalog.workflow_ids_ever(db)))

    def change_workflow(self, workflow_id: str, change: Callable[[Workflow], Workflow], now: datetime) -> Workflow:
        """Save what `change` makes of the workflow as a new version; nothing is saved if it is the same."""

        def work(db: Connection) -> Workflow:
            workflow = _workflow(db, workflow_id)
            changed = change(workflow)
            check_workflow(changed)
            if changed.tasks != workflow.tasks:  # one that was saved before something was refused can still be paused
                check_arguments(changed)
            if changed != workflow:
                self.save_changed(db, workflow, changed, now)
            return changed

        return write_and_wake(self.database, work)

    def save_changed(self, db: Connection, old: Workflow, new: Workflow, now: datetime) -> int:
        """Save a new version in the caller's transaction, and pause or resume its schedules if that changed."""
        version = catalog.save_workflow(db, new, now)
        if new.enabled != old.enabled:
            for schedule in catalog.list_schedules(db, new.id, lock=True):
                reschedule(db, schedule, schedule, now, was=old.enabled, will=new.enabled)
        return version

    def rename_workflow(self, old: str, new: str, now: datetime) -> None:
        """Give a workflow, its schedules and its history another name. Refused while one of its runs is open."""

        def work(db: Connection) -> None:
            _workflow(db, old)
            check_identifier("workflow", new)
            if new in catalog.workflow_ids_ever(db):
                raise Refused(f"There is, or was, a workflow {new!r}; choose another ID.")
            if catalog.has_open_runs(db, old):
                raise Refused(f"A run of {old!r} is not over; wait for it, or cancel it with 'scheduler runs cancel'.")
            catalog.rename_workflow(db, old, new, now)

        write_and_wake(self.database, work)

    def copy_workflow(self, old: str, new: str | None, now: datetime) -> Workflow:
        """Store the definition under another name. Schedules are not copied: nothing runs twice by accident."""

        def work(db: Connection) -> Workflow:
            name = new or first_unused("workflow", catalog.workflow_ids_ever(db))
            copy = replace(_workflow(db, old), id=check_identifier("workflow", name))
            _refuse_known(db, name)
            catalog.save_workflow(db, copy, now)
            return copy

        return write_and_wake(self.database, work)

    def delete_workflow(self, workflow_id: str, now: datetime) -> None:
        """Remove a workflow and its schedules. Runs in progress go on, and history stays."""

        def work(db: Connection) -> None:
            workflow = _workflow(db, workflow_id)
            for schedule in catalog.list_schedules(db, workflow_id, lock=True):
                account_until(db, schedule, now, workflow.enabled)
            catalog.delete_workflow(db, workflow_id)

        write_and_wake(self.database, work)

    # Tasks

    def next_task_id(self, workflow_id: str) -> str:
        workflow = self.database.read(lambda db: _workflow(db, workflow_id))
        return first_unused("task", {task.id for task in workflow.tasks})

    def add_task(self, workflow_id: str, task: Task, now: datetime, position: int | None = None) -> Workflow:
        """Add a task at the end, or before the task at `position` (1 is first)."""

        def change(workflow: Workflow) -> Workflow:
            # The first task that names its dependencies must not set the others free: their order is written out.
            base = workflow.with_order_named() if task.depends_on is not None and not workflow.is_graph else workflow
            tasks = list(base.tasks)
            tasks.insert(len(tasks) if position is None else _place(position, len(tasks) + 1), task)
            return replace(base, tasks=tuple(tasks))

        return self.change_workflow(workflow_id, change, now)

    def edit_task(self, workflow_id: str, task_id: str, change: Callable[[Task], Task], now: datetime) -> Workflow:
        """Replace a task by what `change` makes of it. A new identifier is followed by those that depend on it."""

        def changed(workflow: Workflow) -> Workflow:
            old = find_task(workflow, task_id)
            new = change(old)
            base = workflow
            if new.depends_on is not None and not workflow.is_graph:
                base = workflow.with_order_named()
            tasks = [new if task.id == task_id else _renamed_in(task, task_id, new.id) for task in base.tasks]
            return replace(base, tasks=tuple(tasks))

        return self.change_workflow(workflow_id, changed, now)

    def move_task(self, workflow_id: str, task_id: str, position: int, now: datetime) -> Workflow:
        """Put a task at the position (1 is first)."""

        def change(workflow: Workflow) -> Workflow:
            task = find_task(workflow, task_id)
            tasks = [one for one in workflow.tasks if one.id != task_id]
            tasks.insert(_place(position, len(workflow.tasks)), task)
            return replace(workflow, tasks=tuple(tasks))

        return self.change_workflow(workflow_id, change, now)

    def delete_task(self, workflow_id: str, task_id: str, now: datetime) -> Workflow:
        """Remove a task. Refused while another one depends on it."""

        def change(workflow: Workflow) -> Workflow:
            find_task(workflow, task_id)
            if waiting := [task.id for task in workflow.tasks if task_id in (task.depends_on or ())]:
                raise Refused(
                    f"{', '.join(waiting)} depends on {task_id!r}; change that first with 'scheduler task edit'."
                )
            return replace(workflow, tasks=tuple(task for task in workflow.tasks if task.id != task_id))

        return self.change_workflow(workflow_id, change, now)

    # Schedules

    def add_schedule(
        self,
        workflow_id: str,
        spec: dict[str, Any],
        now: datetime,
        *,
        schedule_id: str | None = None,
        timezone: str | None = None,
        catchup: Catchup = Catchup.LATEST,
        catchup_window: float | None = None,
        overlap: Overlap = Overlap.QUEUE,
        overlap_scope: OverlapScope = OverlapScope.WORKFLOW,
        enabled: bool = True,
        wake: bool = False,
    ) -> Schedule:
        """Schedule a workflow; the first fire is the first after `now`. Refused for a date in the past."""
        zone = timezone or self.timezone
        wanted = Schedule(
            "",
            workflow_id,
            parse_spec(spec, zone),
            zone,
            catchup,
            catchup_window,
            overlap,
            overlap_scope,
            enabled,
            wake,
        )

        def work(db: Connection) -> Schedule:
            workflow = _workflow(db, workflow_id)
            known = catalog.schedule_ids_ever(db)
            name = schedule_id or first_unused("schedule", known)
            check_identifier("schedule", name)
            if catalog.find_schedule(db, name) is not None:
                raise Refused(f"There is a schedule {name!r} already; choose another ID, or edit that one.")
            schedule = begun(replace(wanted, id=name), now, workflow.enabled, new=True)
            catalog.add_schedules(db, [schedule])
            return schedule

        return write_and_wake(self.database, work)

    def next_schedule_id(self) -> str:
        return self.database.read(lambda db: first_unused("schedule", catalog.schedule_ids_ever(db)))

    def schedule(self, schedule_id: str) -> Schedule:
        return self.database.read(lambda db: _schedule(db, schedule_id))

    def edit_schedule(self, schedule_id: str, change: Callable[[Schedule], Schedule], now: datetime) -> Schedule:
        """Replace a schedule by what `change` makes of it. Fires up to `now` follow the old one, later ones the new."""

        def work(db: Connection) -> Schedule:
            old = _schedule(db, schedule_id)
            new = change(old)
            if new == old:
                return old
            if new.enabled and new.spec == old.spec and (problem := problem_with(new)):
                raise InvalidInput(f"The schedule {schedule_id!r} cannot fire: {problem}")
            enabled = _workflow(db, old.workflow_id).enabled
            return reschedule(db, old, new, now, was=enabled, will=enabled)

        return write_and_wake(self.database, work)

    def delete_schedule(self, schedule_id: str, now: datetime) -> None:
        def work(db: Connection) -> None:
            schedule = _schedule(db, schedule_id)
            account_until(db, schedule, now, _workflow(db, schedule.workflow_id).enabled)
            catalog.delete_schedule(db, schedule_id)

        write_and_wake(self.database, work)


def _workflow(db: Connection, workflow_id: str) -> Workflow:
    found = catalog.find_workflow(db, workflow_id)
    if found is None:
        known = ", ".join(catalog.workflow_ids(db)[:5]) or "none yet; make one with 'scheduler workflow create'"
        raise NotFound(f"There is no workflow {workflow_id!r}; there are: {known}.")
    return found[0]


def find_task(workflow: Workflow, task_id: str) -> Task:
    """The task of that name; NotFound lists those that there are."""
    task = workflow.task(task_id)
    if task is None:
        known = ", ".join(task.id for task in workflow.tasks) or "none yet; add one with 'scheduler task add'"
        raise NotFound(f"There is no task {task_id!r} in {workflow.id!r}; there are: {known}.")
    return task


def _schedule(db: Connection, schedule_id: str) -> Schedule:
    schedule = catalog.find_schedule(db, schedule_id, lock=True)
    if schedule is None:
        raise NotFound(f"There is no schedule {schedule_id!r}; see them with 'scheduler schedule list'.")
    return schedule


def _refuse_known(db: Connection, workflow_id: str) -> None:
    if catalog.find_workflow(db, workflow_id) is not None:
        raise Refused(f"There is a workflow {workflow_id!r} already; choose another ID, or edit that one.")


def _renamed_in(task: Task, old: str, new: str) -> Task:
    if old == new or old not in (task.depends_on or ()):
        return task
    return replace(task, depends_on=tuple(new if name == old else name for name in task.depends_on or ()))


def _place(position: int, most: int) -> int:
    if not 1 <= position <= most:
        raise InvalidInput(f"The position {position} does not exist; use 1 to {most}.")
    return position - 1
