"""Every change of a workflow's tasks. Each makes a new version of the workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from workflow_scheduler.domain.errors import InvalidInput, NotFound, Refused
from workflow_scheduler.domain.identifiers import first_unused
from workflow_scheduler.domain.task import Task
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.operations.lookup import existing_workflow
from workflow_scheduler.storage.database import Database

from .edit import change_workflow

__all__ = ["add_task", "delete_task", "edit_task", "find_task", "move_task", "next_task_id"]


def next_task_id(database: Database, workflow_id: str) -> str:
    workflow = database.read(lambda db: existing_workflow(db, workflow_id))
    return first_unused("task", {task.id for task in workflow.tasks})


def add_task(database: Database, workflow_id: str, task: Task, now: datetime, position: int | None = None) -> Workflow:
    """Add a task at the end, or before the task at `position` (1 is first)."""

    def change(workflow: Workflow) -> Workflow:
        # The first task with dependencies must not release the others from their order, so it is written out.
        base = workflow.with_order_named() if task.depends_on is not None and not workflow.is_graph else workflow
        tasks = list(base.tasks)
        tasks.insert(len(tasks) if position is None else _place(position, len(tasks) + 1), task)
        return replace(base, tasks=tuple(tasks))

    return change_workflow(database, workflow_id, change, now)


def edit_task(
    database: Database, workflow_id: str, task_id: str, change: Callable[[Task], Task], now: datetime
) -> Workflow:
    """Replace a task with the result of `change`. Dependent tasks follow a new identifier."""

    def changed(workflow: Workflow) -> Workflow:
        old = find_task(workflow, task_id)
        new = change(old)
        base = workflow
        if new.depends_on is not None and not workflow.is_graph:
            base = workflow.with_order_named()
        tasks = [new if task.id == task_id else _renamed_in(task, task_id, new.id) for task in base.tasks]
        return replace(base, tasks=tuple(tasks))

    return change_workflow(database, workflow_id, changed, now)


def move_task(database: Database, workflow_id: str, task_id: str, position: int, now: datetime) -> Workflow:
    """Put a task at the position (1 is first)."""

    def change(workflow: Workflow) -> Workflow:
        task = find_task(workflow, task_id)
        tasks = [task for task in workflow.tasks if task.id != task_id]
        tasks.insert(_place(position, len(workflow.tasks)), task)
        return replace(workflow, tasks=tuple(tasks))

    return change_workflow(database, workflow_id, change, now)


def delete_task(database: Database, workflow_id: str, task_id: str, now: datetime) -> Workflow:
    """Remove a task. Refused while another one depends on it."""

    def change(workflow: Workflow) -> Workflow:
        find_task(workflow, task_id)
        if waiting := [task.id for task in workflow.tasks if task_id in (task.depends_on or ())]:
            raise Refused(
                f"{_all_of(waiting)} {'depends' if len(waiting) == 1 else 'depend'} on {task_id!r}",
                hint="change that first with 'scheduler task edit'",
            )
        return replace(workflow, tasks=tuple(task for task in workflow.tasks if task.id != task_id))

    return change_workflow(database, workflow_id, change, now)


def _all_of(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def find_task(workflow: Workflow, task_id: str) -> Task:
    """The task of that name; NotFound lists the existing ones."""
    task = workflow.task(task_id)
    if task is None:
        known, about = ", ".join(task.id for task in workflow.tasks), {"workflow": workflow.id, "task": task_id}
        if not known:
            hint = "there is none yet: add one with 'scheduler task add'"
            raise NotFound(f"There is no task {task_id!r} in {workflow.id!r}", hint=hint, about=about)
        raise NotFound(f"There is no task {task_id!r} in {workflow.id!r}; there are: {known}.", about=about)
    return task


def _renamed_in(task: Task, old: str, new: str) -> Task:
    if old == new or old not in (task.depends_on or ()):
        return task
    return replace(task, depends_on=tuple(new if name == old else name for name in task.depends_on or ()))


def _place(position: int, most: int) -> int:
    if not 1 <= position <= most:
        raise InvalidInput(f"The position {position} does not exist; use 1 to {most}.")
    return position - 1
