"""`scheduler workflow edit`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workflow_scheduler.domain.workflow import Workflow

from .context import answer, command_options, get_app, now, workflow_argument
from .field_options import changes_from, field_options

__all__ = ["edit"]


@click.command()
@workflow_argument()
@field_options(Workflow, edits=True)
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
    here = Path.cwd() if "files" in changes else None
    change_workflow(app.changes, workflow, lambda old: changed_workflow(old, changes), now(), here)
    _, version, _ = get_workflow(app.database, workflow)
    answer({"id": workflow, "version": version}, lambda: click.echo(f"{workflow} is now at version {version}."))
