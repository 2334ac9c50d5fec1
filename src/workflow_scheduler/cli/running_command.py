"""`scheduler runs why-running`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app

__all__ = ["running_command"]


@click.command("why-running")
@click.argument("run")
@command_options
def running_command(run: str) -> None:
    """Show what the commands of a run do now: processes, what they wait for, output.

    Of a run that is not running: what was noted when it took too long.

    Example: scheduler runs why-running last
    """
    from workflow_scheduler.operations.runs.find import find_run_id
    from workflow_scheduler.operations.runs.running import why_running

    app = get_app()
    found = why_running(app.database, app.home, find_run_id(app.database, run))

    def show() -> None:
        from .show_running import show_running

        show_running(found, app.settings.timezone)

    answer(found, show)
