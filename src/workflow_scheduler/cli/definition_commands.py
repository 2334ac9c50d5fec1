"""`scheduler workflow apply`, `validate`, `export` and `schema`: workflows as files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .context import answer, app_to_apply, as_json, command_options, get_app, now, warn

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.domain.calendar import Calendar
    from workflow_scheduler.operations.calendars.edit import AppliedCalendar
    from workflow_scheduler.operations.transactions import Connection

__all__ = ["apply", "export", "schema", "validate"]

DAYS_COMPARED = 30
"""How far a dry run looks for fires that change."""


@click.command()
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

    app = app_to_apply(dry_run=dry_run)
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
            from .diff_command import differences_of, show_differences

            show_differences(differences_of(app, read, DAYS_COMPARED))

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


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@command_options
def validate(files: tuple[str, ...]) -> None:
    """Check definition files without a home. Every mistake in every file is reported.

    Example: scheduler workflow validate nightly.yaml
    """
    from workflow_scheduler.operations.workflows.apply import warnings_in
    from workflow_scheduler.operations.workflows.bundles import bundles_of
    from workflow_scheduler.operations.workflows.read import read_files

    read = read_files(files, sys.stdin.buffer)
    documents = read.workflows
    bundles_of(documents)
    warnings = [sentence for document in documents for sentence in warnings_in(document, "UTC", now())]
    warn(warnings)
    names = [document.workflow.id for document in documents]
    calendars = [calendar.id for calendar in read.calendars]
    shape = {"valid": True, "workflows": names, **({"calendars": calendars} if calendars else {}), "warnings": warnings}
    answer(shape, lambda: click.echo(f"Valid: {', '.join([*calendars, *names])}."))


@click.command()
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


@click.command()
@command_options
def schema() -> None:
    """Print the JSON Schema of definitions, for completion and checks in editors.

    Example: scheduler workflow schema
    """
    import json

    from workflow_scheduler.definitions.documents import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
