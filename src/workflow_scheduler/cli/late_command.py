"""`scheduler late`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app, workflow_argument

__all__ = ["late_command"]


@click.command("late")
@workflow_argument(required=False)
@command_options
def late_command(workflow: str | None) -> None:
    """List what is late, takes too long or is at risk now, the worst first.

    Deadlines are declared in workflows, tasks and schedules.

    Example: scheduler late
    """
    from workflow_scheduler.operations.runs.late import late_list

    app = get_app()
    rows = late_list(app.database, app.now(), workflow)

    def show() -> None:
        from .show_late import show_late

        show_late(rows)

    answer(rows, show)
