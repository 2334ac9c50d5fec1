"""`scheduler task …`"""

from __future__ import annotations

from typing import Any

import click

from workflow_scheduler.domain.task import Task

from .context import answer, command_options, confirm_or_stop, get_app, now, warn, workflow_argument
from .field_options import changes_from, field_options

__all__ = ["task_command"]


@click.group("task")
def task_command() -> None:
    """Tasks: the steps of a workflow.

    Example: scheduler task add nightly --command backup.sh
    """


@task_command.command()
@workflow_argument()
@click.option("--id", "task_id", metavar="ID", help="ID of the task. Default: the next free task_N.")
@click.option("--command", "-c", required=True, metavar="COMMAND", help="Program, script, batch file or shell line.")
@click.option(
    "--position",
    type=click.IntRange(max=1_000_000_000),
    metavar="N",
    help="Position in the list, from 1. Default: at the end.",
)
@field_options(Task, leave=("id", "command"))
@command_options
def add(workflow: str, task_id: str | None, command: str, position: int | None, **given: Any) -> None:
    """Add a task to a workflow.

    Example: scheduler task add nightly --command python --arguments "zip.py db.sql" --retry-count 2 --retry-delay 30s
    """
    from workflow_scheduler.definitions.documents import changed_task
    from workflow_scheduler.domain.defaults import Defaults, with_defaults
    from workflow_scheduler.operations.workflows.task_warnings import task_warnings
    from workflow_scheduler.operations.workflows.tasks import add_task, next_task_id

    app = get_app()
    name = task_id or next_task_id(app.database, workflow)
    task = changed_task(Task(name, command), changes_from(Task, given))
    saved = with_defaults(add_task(app.changes, workflow, task, now(), position), Defaults())
    warnings = list(task_warnings(saved.by_id[task.id], app.home, app.settings.interpreters))
    warn(warnings)
    shape = {"id": task.id, "workflow_id": workflow, "warnings": warnings}
    answer(shape, lambda: click.echo(f"Added task {task.id} to {workflow}."))


@task_command.command("list")
@workflow_argument()
@command_options
def list_(workflow: str) -> None:
    """List the tasks of a workflow in their order.

    Example: scheduler task list nightly
    """
    from workflow_scheduler.definitions.plain import plain_of
    from workflow_scheduler.operations.workflows.show import get_workflow

    found, _, _ = get_workflow(get_app().database, workflow)

    def show_it() -> None:
        from .show import show_tasks

        show_tasks(found)

    answer([plain_of(task) for task in found.tasks], show_it)


@task_command.command()
@workflow_argument()
@click.argument("task")
@command_options
def show(workflow: str, task: str) -> None:
    """Show every field of a task.

    Example: scheduler task show nightly task_1
    """
    from workflow_scheduler.definitions.plain import plain_of
    from workflow_scheduler.operations.workflows.show import get_workflow
    from workflow_scheduler.operations.workflows.tasks import find_task

    found = find_task(get_workflow(get_app().database, workflow)[0], task)

    def show_it() -> None:
        from .show import show_task

        show_task(found)

    answer(plain_of(found), show_it)


@task_command.command()
@workflow_argument()
@click.argument("task")
@click.option("--id", "new_id", metavar="ID", help="New ID. Tasks that depend on it are updated.")
@click.option("--command", "-c", metavar="COMMAND", help="Program, script, batch file or shell line.")
@field_options(Task, leave=("id", "command"), edits=True)
@command_options
def edit(workflow: str, task: str, new_id: str | None, command: str | None, **given: Any) -> None:
    """Change fields of a task; '-' clears one.

    Example: scheduler task edit nightly task_1 --timeout 10m
    """
    from workflow_scheduler.operations.workflows.fields import retyped_task
    from workflow_scheduler.operations.workflows.tasks import edit_task

    changes = changes_from(Task, given)
    changes.update((name, value) for name, value in (("id", new_id), ("command", command)) if value is not None)
    if not changes:
        raise click.UsageError("Name what to change, for example --timeout 10m.")
    edit_task(get_app().changes, workflow, task, lambda old: retyped_task(old, changes), now())
    answer({"id": new_id or task, "workflow_id": workflow}, lambda: click.echo(f"Changed {new_id or task}."))


@task_command.command()
@workflow_argument()
@click.argument("task")
@click.argument("position", type=click.IntRange(max=1_000_000_000))
@command_options
def move(workflow: str, task: str, position: int) -> None:
    """Move a task to another position, from 1.

    Example: scheduler task move nightly task_2 1
    """
    from workflow_scheduler.operations.workflows.tasks import move_task

    move_task(get_app().changes, workflow, task, position, now())
    answer(
        {"id": task, "workflow_id": workflow, "position": position},
        lambda: click.echo(f"{task} is now number {position}."),
    )


@task_command.command()
@workflow_argument()
@click.argument("task")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(workflow: str, task: str, yes: bool) -> None:
    """Delete a task from a workflow.

    Example: scheduler task delete nightly task_2 --yes
    """
    from workflow_scheduler.operations.workflows.tasks import delete_task

    app = get_app()
    if not yes:
        confirm_or_stop(f"Delete {task} from {workflow}?")
    delete_task(app.changes, workflow, task, now())
    answer({"id": task, "workflow_id": workflow, "deleted": True}, lambda: click.echo(f"Deleted {task}."))
