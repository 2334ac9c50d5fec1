"""`scheduler runs …`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .accept_command import accept_command
from .ack_command import ack_command
from .context import answer, as_json, command_options, get_app, now
from .parameter_options import parameter_options, values_given
from .run_command import go
from .run_diff_command import run_diff_command
from .running_command import running_command

if TYPE_CHECKING:
    pass

__all__ = ["runs_command"]


@click.group("runs")
def runs_command() -> None:
    """Runs: what ran, how it ended and why.

    RUN is an ID, a unique part of one, a workflow (its last run), or 'last'.

    Example: scheduler runs show last
    """


@runs_command.command("list")
@click.option("--workflow", metavar="WORKFLOW", help="Only those of this workflow.")
@click.option("--schedule", metavar="SCHEDULE", help="Only those of this schedule.")
@click.option("--backfill", metavar="BACKFILL", help="Only those of this backfill.")
@click.option(
    "--state",
    type=click.Choice(["queued", "running", "succeeded", "failed", "cancelled", "unknown"]),
    help="Only runs in this state. Repeatable.",
)
@click.option("--since", metavar="TIME", help="Only runs queued within this time, such as 90s, 5m or 2d.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(0, 1_000_000_000),
    default=20,
    show_default=True,
    help="Number of runs to show; 0: all.",
)
@command_options
def list_(
    workflow: str | None, schedule: str | None, backfill: str | None, state: str | None, since: str | None, limit: int
) -> None:
    """List the newest runs first.

    Example: scheduler runs list --state failed --since 1d
    """
    from datetime import timedelta

    from workflow_scheduler.domain.durations import parse_duration
    from workflow_scheduler.domain.run import RunState
    from workflow_scheduler.operations.runs.lists import run_list

    ago = timedelta(seconds=parse_duration(since, unit_needed=True)) if since else None
    app = get_app(absent=[])
    if backfill is not None:
        from workflow_scheduler.operations.backfills.show import find_backfill_id

        backfill = find_backfill_id(app.database, backfill)
    found = run_list(
        app.database,
        limit=limit or None,
        workflow_id=workflow,
        schedule_id=schedule,
        backfill_id=backfill,
        state=RunState(state) if state else None,
        since=None if ago is None else now() - ago,
    )

    def show_it() -> None:
        from .show_runs import show_runs

        show_runs(found, app.settings.timezone)

    answer(found, show_it)


@runs_command.command()
@click.argument("run")
@command_options
def show(run: str) -> None:
    """Show a run with its tasks, attempts, exit codes and output files, and the last lines of what failed.

    Example: scheduler runs show last
    """
    from workflow_scheduler.operations.explanations.machines import with_placements
    from workflow_scheduler.operations.runs.failures import with_failures
    from workflow_scheduler.operations.runs.find import find_run_id
    from workflow_scheduler.operations.runs.show import get_run

    app = get_app()
    timezone = app.settings.timezone
    found = with_failures(
        app.database, app.home, get_run(app.database, app.home, find_run_id(app.database, run)), timezone
    )
    found = with_placements(app.database, found, timezone)

    def show_it() -> None:
        from .show_difference import differences_of
        from .show_run import show_run

        show_run(found, timezone, differences_of(app, found))

    answer(found, show_it)


@runs_command.command()
@click.argument("run", required=False)
@click.option("--workflow", metavar="WORKFLOW", help="The last run of this workflow.")
@click.option("--task", metavar="TASK", help="Only this task.")
@click.option(
    "--attempt",
    type=click.IntRange(1, 1_000_000_000),
    metavar="N",
    help="Number of the attempt. Default: the last one.",
)
@click.option("--stderr", "only_stderr", is_flag=True, help="Only standard error.")
@click.option("--stdout", "only_stdout", is_flag=True, help="Only standard output.")
@click.option("--times", is_flag=True, help="Show the time of each line, where it was recorded.")
@click.option(
    "-f", "--follow", is_flag=True, help="Keep printing new output until the run ends. Ctrl-C does not affect the run."
)
@command_options
def logs(
    run: str | None,
    workflow: str | None,
    task: str | None,
    attempt: int | None,
    only_stderr: bool,
    only_stdout: bool,
    times: bool,
    follow: bool,
) -> None:
    """Print the output of a run's scripts: standard output and standard error, in order.

    Example: scheduler runs logs last --task task_1 --times
    """
    from workflow_scheduler.operations.runs.find import find_run_id, last_run_id
    from workflow_scheduler.operations.runs.show import get_run

    from .output import as_lines, as_parts, chosen_tasks, output_of, print_never_started, print_output

    if (run is None) == (workflow is None):
        raise click.UsageError("Name a run ('last' is the newest), or its workflow with --workflow.")
    streams = [name for name, other in (("stdout", only_stderr), ("stderr", only_stdout)) if not other]
    if not streams:
        raise click.UsageError("Give --stderr or --stdout, or neither for both.")
    app = get_app()
    run_id = find_run_id(app.database, run) if run is not None else last_run_id(app.database, workflow or "")
    zone = app.settings.timezone if times else None
    if follow:
        from .follow_output import follow_output

        follow_output(app, run_id, task, attempt, streams, zone)
        return
    found = get_run(app.database, app.home, run_id)
    written = output_of(found, task, attempt, streams, times=times)
    if as_json():
        answer(as_lines(written) if times else as_parts(written), lambda: None)
    else:
        print_output(written, zone)
        print_never_started(chosen_tasks(found, task, attempt))


@runs_command.command()
@click.argument("run")
@command_options
def cancel(run: str) -> None:
    """Cancel a run. Its commands get SIGTERM (Windows: Ctrl-Break), then they are killed.

    Example: scheduler runs cancel last
    """
    from workflow_scheduler.operations.runs.find import find_run_id

    from .undriven import cancel_by_hand

    app = get_app()
    run_id = find_run_id(app.database, run)
    state, words = cancel_by_hand(app, run_id)
    answer({"id": run_id, "state": state}, lambda: click.echo(words))


runs_command.add_command(ack_command)
runs_command.add_command(accept_command)
runs_command.add_command(run_diff_command)
runs_command.add_command(running_command)


@runs_command.command()
@click.argument("run")
@click.option("--all", "everything", is_flag=True, help="Run all tasks again, not only from the failed one.")
@click.option("--id", "run_id", metavar="ID", help="ID of the new run. Default: made from the time.")
@click.option("--detach", "-d", is_flag=True, help="Do not wait for the end. Needs a running scheduler.")
@parameter_options
@command_options
def retry(
    run: str, everything: bool, run_id: str | None, detach: bool, pairs: tuple[str, ...], file: str | None
) -> None:
    """Retry a run as a new run that starts at the failed task and reuses what succeeded.

    It has the values of that run. With other values for parameters it runs all tasks again.

    Example: scheduler runs retry last
    """
    from workflow_scheduler.operations.runs.find import find_run_id
    from workflow_scheduler.operations.runs.start import retry_run

    app = get_app()
    old = find_run_id(app.database, run)
    params = values_given(pairs, file)

    def queue(engine_id: int | None) -> str:
        return retry_run(
            app.changes,
            old,
            now(),
            everything=everything,
            run_id=run_id,
            engine_id=engine_id,
            by=app.user(),
            params=params,
            timezone=app.settings.timezone,
        )

    go(app, queue, detach=detach)
