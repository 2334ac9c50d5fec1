"""`scheduler run`: starts a run, and follows it to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, as_json, command_options, get_app, now, workflow_argument
from .parameter_options import parameter_options, values_given

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflow_scheduler.bootstrap import App

__all__ = ["go", "run_command"]


@click.command("run")
@workflow_argument()
@click.option("--id", "run_id", metavar="ID", help="ID of the run. Default: made from the time.")
@click.option("--detach", "-d", is_flag=True, help="Do not wait for the end. Needs a running scheduler.")
@click.option(
    "--for",
    "time",
    metavar="TIME",
    help="The time that the run is for, such as 2026-11-20 or '2026-11-20 01:00'; its scripts and dates see that time. "
    "Default: now.",
)
@parameter_options
@command_options
def run_command(
    workflow: str, run_id: str | None, detach: bool, time: str | None, pairs: tuple[str, ...], file: str | None
) -> None:
    """Run a workflow now and follow it. Exit code 1 if it fails.

    If the scheduler is not running, the run executes in this process and is recorded the same way.

    Example: scheduler run nightly -p region=south
    """
    from workflow_scheduler.operations.runs.start import request_run

    app = get_app()
    params = values_given(pairs, file)

    def queue(engine_id: int | None) -> str:
        return request_run(
            app.changes,
            workflow,
            now(),
            run_id=run_id,
            engine_id=engine_id,
            by=app.user(),
            params=params,
            timezone=app.settings.timezone,
            time=time,
        )

    go(app, queue, detach=detach)


def go(app: App, queue: Callable[[int | None], str], *, detach: bool) -> None:
    """Queue a run, follow it, and exit with its result."""
    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.operations.condition import condition_of
    from workflow_scheduler.operations.home.running import running_scheduler

    from .follow import run_and_follow

    if detach:
        if (found := running_scheduler(app.home, app.database)) is None:
            raise Refused("The scheduler is not running. Start it with 'scheduler start', or leave out --detach.")
        problem = condition_of(app.database, found, app.now()).problem()
        run_id = queue(None)
        shape = {"id": run_id, "state": "queued", "waits_for": problem}
        answer(shape, lambda: click.echo(f"Queued {run_id}. {problem}".rstrip()))
        return
    run = run_and_follow(app, queue, quiet=as_json())

    def show_it() -> None:
        from .show_difference import differences_of
        from .show_run import show_run

        click.echo()
        show_run(run, app.settings.timezone, differences_of(app, run))

    answer(run, show_it)
    if run.state != "succeeded":
        raise click.exceptions.Exit(1)
