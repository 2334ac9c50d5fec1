"""`scheduler workflow …`"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workflow_scheduler.domain.workflow import Workflow

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.domain.calendar import Calendar
    from workflow_scheduler.operations.calendars.edit import AppliedCalendar
    from workflow_scheduler.operations.transactions import Connection

from .context import answer, as_json, command_options, confirm_or_stop, empty, get_app, now, warn, workflow_argument
from .field_options import changes_from, field_options

__all__ = ["workflow_command"]

DAYS_COMPARED = 30
"""How far a dry run looks for fires that change."""


@click.group("workflow")
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
@field_options(Workflow)
@command_options
def edit(workflow: str, **given: Any) -> None:
    """Change a workflow. Each change is a new version.

    Example: scheduler workflow edit nightly --max-active-runs 1
    """
    from workflow_scheduler.definitions.documents import changed_workflow
    from workflow_scheduler.operations.workflows.edit import change_workflow
    from workflow_scheduler.operations.workflows.show import get_workflow

    changes = changes_from(Workflow, given)
    if not changes:
        raise click.UsageError("Name what to change, for example --description TEXT.")

    app = get_app()
    change_workflow(app.changes, workflow, lambda old: changed_workflow(old, changes), now())
    _, version, _ = get_workflow(app.database, workflow)
    answer({"id": workflow, "version": version}, lambda: click.echo(f"{workflow} is now at version {version}."))


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


@workflow_command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@command_options
def apply(files: tuple[str, ...], dry_run: bool) -> None:
    """Create and update workflows, and the calendars beside them, from YAML or JSON files. Applying the same files again changes nothing.

    FILE is a file, a folder of .yaml, .yml and .json files, or - for standard input.

    Example: scheduler workflow apply nightly.yaml --dry-run
    """
    from workflow_scheduler.operations.workflows.apply import apply_documents
    from workflow_scheduler.operations.workflows.read import read_files

    app = get_app(database=False)
    if not dry_run or app.database.exists():
        app = get_app(create=True)
    read = read_files(files, sys.stdin.buffer)
    calendars: list[AppliedCalendar] = []
    done = apply_documents(
        app.changes,
        app.settings.timezone,
        read.workflows,
        now(),
        home=app.home,
        interpreters=app.settings.interpreters,
        dry_run=dry_run,
        calendars=[calendar.id for calendar in read.calendars],
        first=_calendars(app, read.calendars, calendars, dry_run),
    )
    warn(sentence for calendar in calendars for sentence in calendar.warnings)
    warn(sentence for applied in done for sentence in applied.warnings)

    def show_it() -> None:
        from .show import show_applied

        if calendars:
            from .show_calendars import show_applied_calendars

            show_applied_calendars(calendars, dry_run=dry_run)
        show_applied(done, dry_run=dry_run)
        if dry_run and app.database.exists():
            from workflow_scheduler.operations.workflows.apply import fire_differences

            from .diff_command import show_differences

            show_differences(
                fire_differences(app.database, app.settings.timezone, read.workflows, now(), DAYS_COMPARED)
            )

    answer([*calendars, *done], show_it)


def _calendars(
    app: App, calendars: list[Calendar], applied: list[AppliedCalendar], dry_run: bool
) -> Callable[[Connection], None] | None:
    """What stores the calendars in the transaction of their workflows. `applied` gets the results."""
    if not calendars:
        return None
    from workflow_scheduler.operations.calendars.edit import apply_calendars, calendar_changes

    if dry_run:
        applied[:] = apply_calendars(app.changes, calendars, app.home, now(), dry_run=True)
        return None
    changes = calendar_changes(calendars, app.home, now())

    def store(db: Connection) -> None:
        applied[:] = changes(db)

    return store


@workflow_command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@command_options
def validate(files: tuple[str, ...]) -> None:
    """Check definition files without a home. Every mistake in every file is reported.

    Example: scheduler workflow validate nightly.yaml
    """
    from workflow_scheduler.operations.workflows.apply import warnings_in
    from workflow_scheduler.operations.workflows.read import read_files

    read = read_files(files, sys.stdin.buffer)
    documents = read.workflows
    warnings = [sentence for document in documents for sentence in warnings_in(document, "UTC", now())]
    warn(warnings)
    names = [document.workflow.id for document in documents]
    calendars = [calendar.id for calendar in read.calendars]
    shape = {"valid": True, "workflows": names, **({"calendars": calendars} if calendars else {}), "warnings": warnings}
    answer(shape, lambda: click.echo(f"Valid: {', '.join([*calendars, *names])}."))


@workflow_command.command()
@click.argument("workflows", nargs=-1, metavar="[WORKFLOW]…")
@click.option("--output", "-o", metavar="FILE", help="Write to this file instead of standard output.")
@command_options
def export(workflows: tuple[str, ...], output: str | None) -> None:
    """Write workflows as YAML for 'apply'. Without names, all of them.

    Example: scheduler workflow export nightly -o nightly.yaml
    """

    import json

    from workflow_scheduler.definitions.documents import to_plain, to_yaml
    from workflow_scheduler.domain.errors import Unreachable
    from workflow_scheduler.operations.workflows.apply import document_of
    from workflow_scheduler.operations.workflows.lists import workflow_ids
    from workflow_scheduler.operations.workflows.show import get_workflow

    app = get_app()
    documents = []
    for name in workflows or workflow_ids(app.database):
        found, _, schedules = get_workflow(app.database, name)
        documents.append(document_of(found, schedules))
    if as_json():
        text = json.dumps([to_plain(document) for document in documents], indent=2, ensure_ascii=False) + "\n"
    else:
        text = "---\n".join(to_yaml(document) for document in documents)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unreachable(f"Cannot write {output} ({error.strerror}). Choose another file.") from None
    click.echo(f"Wrote {len(documents)} workflows to {output}.", err=True)


@workflow_command.command()
@command_options
def schema() -> None:
    """Print the JSON Schema of definitions, for completion and checks in editors.

    Example: scheduler workflow schema
    """
    import json

    from workflow_scheduler.definitions.documents import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
