"""`scheduler workflow …`"""

from __future__ import annotations

import click

from .context import answer, command_options, confirm_or_stop, empty, get_app, now, workflow_argument
from .lazy_group import LazyGroup

__all__ = ["workflow_command"]


# Options for each field of a workflow take time to make, and lists do without.
_MODULES = {
    "edit": "workflow_edit_command",
    **dict.fromkeys(("apply", "validate", "export", "schema"), "definition_commands"),
}


@click.group("workflow", cls=LazyGroup, modules=_MODULES)
def workflow_command() -> None:
    """Workflows: what runs and in which order.

    Example: scheduler workflow create nightly
    """


@workflow_command.command()
@click.argument("workflow", required=False)
@click.option("--id", "given_id", metavar="ID", help="The ID, like WORKFLOW. Default: the next free workflow_N.")
@click.option("--description", default="", help="What it is for.")
@command_options
def create(workflow: str | None, given_id: str | None, description: str) -> None:
    """Create a workflow without tasks.

    Example: scheduler workflow create nightly --description "Back up the shop"
    """
    from workflow_scheduler.operations.workflows.edit import create_workflow

    created = create_workflow(get_app(create=True).changes, given_id or workflow, now(), description)
    answer({"id": created.id, "version": 1}, lambda: click.echo(f"Created workflow {created.id}."))


@workflow_command.command("list")
@command_options
def list_() -> None:
    """List the workflows, their tasks, last result and next fire.

    Example: scheduler workflow list --json
    """
    from workflow_scheduler.operations.schedules.planning import with_overdue
    from workflow_scheduler.operations.workflows.lists import workflow_list

    app = get_app(absent=[])
    found = workflow_list(app.database)

    def show() -> None:
        from .next_fire import DISABLED, next_fire, planning_here, say_problem
        from .render import shown_state, table

        planning = planning_here(app)
        table(
            ("workflow", "tasks", "version", "last run", "next fire"),
            (
                (
                    row.id,
                    row.tasks,
                    row.version,
                    shown_state(row.last_state),
                    next_fire(row.next_utc, app.settings.timezone, planning, "" if row.enabled else DISABLED),
                )
                for row in found
            ),
            empty("workflows", "Create one: scheduler workflow create"),
        )
        if any(row.next_utc for row in found):
            say_problem(planning)

    answer([with_overdue(row, now()) for row in found], show)


@workflow_command.command()
@workflow_argument()
@command_options
def show(workflow: str) -> None:
    """Show a workflow with its tasks and schedules.

    Example: scheduler workflow show nightly
    """
    from workflow_scheduler.operations.workflows.apply import document_of, plain_version
    from workflow_scheduler.operations.workflows.show import get_workflow

    app = get_app()
    found, version, schedules = get_workflow(app.database, workflow)

    def show_it() -> None:
        from .show import show_workflow

        show_workflow(app, found, version, schedules)

    answer(plain_version(document_of(found, schedules), version), show_it)


@workflow_command.command()
@workflow_argument()
@click.argument("new")
@command_options
def rename(workflow: str, new: str) -> None:
    """Change the ID of a workflow, including its schedules and history.

    Example: scheduler workflow rename workflow_1 nightly
    """
    from workflow_scheduler.operations.workflows.edit import rename_workflow

    rename_workflow(get_app().changes, workflow, new, now())
    answer({"id": new}, lambda: click.echo(f"Renamed {workflow} to {new}."))


@workflow_command.command()
@workflow_argument()
@click.argument("new", required=False)
@click.option("--id", "given_id", metavar="ID", help="The ID of the copy, like NEW. Default: the next free workflow_N.")
@command_options
def copy(workflow: str, new: str | None, given_id: str | None) -> None:
    """Copy the tasks of a workflow into a new one. Schedules are not copied.

    Example: scheduler workflow copy nightly nightly_test
    """
    from workflow_scheduler.operations.workflows.edit import copy_workflow

    made = copy_workflow(get_app().changes, workflow, given_id or new, now())
    answer({"id": made.id, "version": 1}, lambda: click.echo(f"Copied {workflow} to {made.id}, without schedules."))


@workflow_command.command()
@workflow_argument()
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(workflow: str, yes: bool) -> None:
    """Delete a workflow and its schedules. Its history stays.

    Example: scheduler workflow delete workflow_1 --yes
    """
    from workflow_scheduler.operations.workflows.edit import delete_workflow
    from workflow_scheduler.operations.workflows.show import get_workflow

    app = get_app()
    _, _, schedules = get_workflow(app.database, workflow)
    if not yes:
        confirm_or_stop(f"Delete {workflow} and its {len(schedules)} schedules?")
    delete_workflow(app.changes, workflow, now())
    answer({"id": workflow, "deleted": True}, lambda: click.echo(f"Deleted {workflow}; its history stays."))
