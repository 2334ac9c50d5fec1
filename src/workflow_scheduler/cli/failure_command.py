"""`scheduler failure …`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app, now

__all__ = ["failure_command"]


@click.group("failure")
def failure_command() -> None:
    """Known failures: how often, since when, whether a retry helped, and notes about them.

    Example: scheduler failure list
    """


@failure_command.command("list")
@click.option("--workflow", help="Only those of this workflow.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="At most this many. Default: 20.")
@command_options
def list_(workflow: str | None, limit: int) -> None:
    """List failures, the same ones together, the latest first.

    Example: scheduler failure list --workflow nightly
    """
    from workflow_scheduler.operations.runs.failures import failure_list

    app = get_app(absent=[])
    rows = failure_list(app.database, limit, workflow)
    zone = app.settings.timezone

    def show() -> None:
        from .render import short_time, table
        from .show_runs import short_id

        table(
            ("last", "times", "retry passed", "workflow", "task", "run", "last line", "note"),
            (
                (
                    short_time(row.last_at, zone)[:-3],
                    row.count,
                    f"{row.passed} of {row.retried}" if row.retried else "-",
                    row.workflow_id,
                    row.task_id,
                    short_id(row.run_id),
                    row.line,
                    f"{row.note_by}: {row.note}" if row.note else "-",
                )
                for row in rows
            ),
            "No failure that could be known again.",
        )

    answer(rows, show)


@failure_command.command()
@click.argument("run")
@click.argument("text")
@command_options
def note(run: str, text: str) -> None:
    """Leave a note about the failure of a run; it is shown whenever that failure happens.

    Example: scheduler failure note last "the supplier delivers late on Mondays; retry at 08:00"
    """
    from workflow_scheduler.operations.runs.failures import note_failure
    from workflow_scheduler.operations.runs.find import find_run_id

    app = get_app()
    run_id = find_run_id(app.database, run)
    task = note_failure(app.changes, app.home, run_id, text, app.user(), now())
    answer(
        {"run_id": run_id, "task_id": task},
        lambda: click.echo(f"Noted. It is shown whenever {task} fails like this."),
    )
