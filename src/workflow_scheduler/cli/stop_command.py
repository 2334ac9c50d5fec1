"""`scheduler stop`"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .context import answer, command_options, get_app
from .interruption import interruptible

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.home.scheduler_process import Stopped
    from workflow_scheduler.operations.rows import Plain

__all__ = ["how_of", "how_options", "stop", "stop_command"]

_F = TypeVar("_F", bound=Callable[..., Any])


def how_options(function: _F) -> _F:
    """The options of what happens to the runs in progress, for a stop and a restart."""
    function = click.option("--kill", is_flag=True, help="Cancel the runs in progress.")(function)
    return click.option(
        "--wait",
        is_flag=True,
        help="Start no new runs and wait for those in progress to end. Ctrl-C cancels the stop.",
    )(function)


def how_of(**given: bool) -> str:
    """What they ask for: `leave` without any of them. A usage error for two."""
    named = [name for name, value in given.items() if value]
    if len(named) > 1:
        raise click.UsageError(f"Give either --{named[0]} or --{named[1]}, not both.")
    return named[0] if named else "leave"


@click.command("stop")
@how_options
@click.option(
    "--shutdown",
    is_flag=True,
    help="For a machine shutdown: stop the scripts too, each with its grace time. The next start retries their tasks.",
)
@click.option(
    "--for",
    "span",
    metavar="DURATION",
    help="It will be started again within that time: until then the watchman gives no alarm.",
)
@command_options
def stop_command(wait: bool, kill: bool, shutdown: bool, span: str | None) -> None:
    """Stop the scheduler. Running scripts continue, and the next start picks them up.

    Example: scheduler stop --for 2h
    """
    from workflow_scheduler.domain.durations import parse_duration

    how = how_of(wait=wait, kill=kill, shutdown=shutdown)
    seconds = None if span is None else parse_duration(span, "duration of --for", unit_needed=True)
    app = get_app(database=False)
    shape, words = _stop_and_say(app, how) if seconds is None else _plan_stop(app, how, seconds)
    answer(shape, lambda: click.echo(words))


def _plan_stop(app: App, how: str, seconds: float) -> tuple[Plain, str]:
    """Stop it, unless that is done, and record when it will run again."""
    from datetime import timedelta

    from workflow_scheduler.operations.home.planned_stop import PlannedStop, plan_stop
    from workflow_scheduler.operations.home.presence import why_no_home
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.operations.timestamps import iso

    from .render import local_time

    if not why_no_home(app.home, app.database) and running_scheduler(app.home) is None:
        shape, words = {"running": False, "pid": None, "killed": False}, "The scheduler is not running."
    else:
        shape, words = _stop_and_say(app, how)
    stop = PlannedStop(app.now(), app.now() + timedelta(seconds=seconds), app.user())
    plan_stop(app.home, stop)
    until = local_time(stop.until, app.settings.timezone)
    return {**shape, "until": iso(stop.until)}, f"{words} Until {until} the watchman gives no alarm."


def _stop_and_say(app: App, how: str) -> tuple[Plain, str]:
    """Stop it. Returns what is so now, and that in words."""
    from workflow_scheduler.operations.home.scheduler_process import end_scheduler
    from workflow_scheduler.operations.runs.lists import open_runs

    if _cannot_be_asked(app, how):
        stopped = end_scheduler(app.home)
        words = f"The scheduler stopped (pid {stopped.pid}). Running scripts continue."
        return {"running": False, "pid": stopped.pid, "killed": False, "runs_running": None}, words
    stopped = stop(app, how)
    left = open_runs(app.database)["running"]
    runs = "1 run continues" if left == 1 else f"{left} runs continue"
    goes_on = f" {runs} without it; the next start picks up what is left." if left else ""
    if how == "shutdown" and left:
        goes_on = f" {runs} after the next start."
    forced = " It did not respond and was killed." if stopped.killed else ""
    words = f"The scheduler stopped (pid {stopped.pid}).{forced}{goes_on}"
    return {"running": False, "pid": stopped.pid, "killed": stopped.killed, "runs_running": left}, words


def _cannot_be_asked(app: App, how: str) -> bool:
    """Whether the scheduler uses another database than this command, or one that does not answer."""
    from workflow_scheduler.domain.errors import Unreachable
    from workflow_scheduler.operations.home.running import needed_scheduler, other_database, running_scheduler

    if other_database(app.home, app.database):
        return True
    if not app.database.exists():  # do not create one only to find that no scheduler runs
        needed_scheduler(app.home)
        return True
    try:
        app.database.open()
    except Unreachable:
        if how != "leave" or running_scheduler(app.home) is None:
            raise
        return True
    return False


def stop(app: App, how: str) -> Stopped:
    """Stop the scheduler. Ctrl-C while it waits for its runs cancels the stop."""
    from workflow_scheduler.operations.home.running import started_scheduler
    from workflow_scheduler.operations.home.scheduler_process import stop_scheduler, withdraw_stop

    found = started_scheduler(app.home, app.database)
    try:
        with interruptible():
            stopped = stop_scheduler(
                app.changes, app.home, how, app.now, lambda: _show_waiting(app) if how == "wait" else None
            )
    except KeyboardInterrupt:
        if how == "wait" and withdraw_stop(app.changes, found):
            with contextlib.suppress(OSError):
                click.echo("\nThe stop is cancelled: the scheduler continues.", err=True)
        raise
    if stopped.killed and how == "kill":
        from .undriven import cancel_undriven

        cancel_undriven(app, "the scheduler was stopped with --kill")
    return stopped


def _show_waiting(app: App) -> None:
    """Print each run that the stop waits for once, with its expected end."""

    from datetime import timedelta

    from workflow_scheduler.domain.run import RunState
    from workflow_scheduler.operations.runs.lists import run_estimate, run_list
    from workflow_scheduler.operations.runs.show import get_run

    from .render import local_time

    shown = click.get_current_context().meta.setdefault("scheduler.waiting", set())
    for run in run_list(app.database, limit=None, state=RunState.RUNNING):
        if run.id in shown:
            continue
        shown.add(run.id)
        running = [task.id for task in get_run(app.database, app.home, run.id).tasks if task.state == "running"]
        if not running:
            continue  # it waits for a retry, which the next start makes
        seconds = run_estimate(app.database, run.workflow_id)
        until = "expected end unknown"
        if seconds is not None and run.started_at:
            end = run.started_at + timedelta(seconds=seconds)
            until = f"usually done at {local_time(end, app.settings.timezone)}"
        click.echo(f"Waiting for {run.id} ({run.workflow_id}: {', '.join(running)}); {until}.", err=True)
