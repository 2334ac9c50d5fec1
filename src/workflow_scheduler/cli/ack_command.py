"""`scheduler runs ack`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app, now

__all__ = ["ack_command"]


@click.command("ack")
@click.argument("run")
@click.option("--note", default="", metavar="TEXT", help="What others should know.")
@command_options
def ack_command(run: str, note: str) -> None:
    """Acknowledge the failure of a run: messages about it are not repeated, and its page says who has seen it.

    Example: scheduler runs ack last --note "disk is being replaced"
    """
    from workflow_scheduler.operations.notifications.change import acknowledge
    from workflow_scheduler.operations.runs.find import find_run_id

    app = get_app()
    rows = acknowledge(app.changes, find_run_id(app.database, run), app.user(), now(), note)

    def show_it() -> None:
        for row in rows:
            click.echo(f"Acknowledged: {row.workflow_id} {row.kind}. It is not told again until it has recovered.")

    answer(rows, show_it)
