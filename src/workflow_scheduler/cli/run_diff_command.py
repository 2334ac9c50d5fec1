"""`scheduler runs diff`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app

__all__ = ["run_diff_command"]


@click.command("diff")
@click.argument("run")
@click.option(
    "--with",
    "with_run",
    metavar="RUN",
    default="last-good",
    help="The run to compare with: last-good, or an ID. Default: last-good.",
)
@click.option("--task", metavar="TASK", help="The task to compare. Default: the first that failed.")
@command_options
def run_diff_command(run: str, with_run: str, task: str | None) -> None:
    """Show what differs between a failed run and the last good one, the most surprising first.

    Compared are the script, its interpreter, input files, parameters, environment, and what was written.

    Example: scheduler runs diff last
    """
    from workflow_scheduler.operations.runs.difference import LAST_GOOD, run_difference
    from workflow_scheduler.operations.runs.find import find_run_id

    app = get_app()
    run_id = find_run_id(app.database, run)
    other = with_run if with_run == LAST_GOOD else find_run_id(app.database, with_run)
    found = run_difference(app.database, app.home, run_id, app.settings.timezone, with_run=other, task=task)

    def show() -> None:
        from .show_difference import show_difference

        show_difference(found, app.settings.timezone)

    answer(found, show)
