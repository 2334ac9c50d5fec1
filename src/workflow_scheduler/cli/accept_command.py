"""`scheduler runs accept`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app, now

__all__ = ["accept_command"]


@click.command("accept")
@click.argument("run")
@command_options
def accept_command(run: str) -> None:
    """Accept the unusual output files of a run: their sizes are usual from now on.

    Example: scheduler runs accept last
    """
    from workflow_scheduler.operations.runs.accept import accept_outputs
    from workflow_scheduler.operations.runs.find import find_run_id

    from .render import plain

    app = get_app()
    rows = accept_outputs(app.changes, find_run_id(app.database, run), app.user(), now())

    def show_it() -> None:
        for row in rows:
            click.echo(f"Accepted: {plain(row.path)} of task {plain(row.task)}. Such a size is usual from now on.")

    answer(rows, show_it)
