"""`scheduler start|restart|serve`"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .context import answer, as_json, command_options, confirm_or_stop, get_app, warn
from .stop_command import how_of, how_options, stop

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.condition import Holder

__all__ = [
    "restart_command",
    "serve_command",
    "start_command",
]


_F = TypeVar("_F", bound=Callable[..., Any])
_web_option = click.option(
    "--web/--no-web", default=True, help="Serve the web interface too. Default: the setting WEB."
)


def _show_started(app: App, found: Holder, warning: str = "") -> None:
    from .announce import about_page

    def show() -> None:
        click.echo(f"The scheduler is running (pid {found.pid}).")
        if words := about_page(found.page):
            click.echo(words, err="problem" in (found.page or {}))

    if warning:
        click.echo(f"Warning: {warning}", err=True)
    warn(app.unknown_settings())
    shape = {"running": True, "pid": found.pid, "home": str(app.home), "page": found.page}
    answer(shape, show)


def _start(app: App, web: bool) -> None:
    from workflow_scheduler.operations.home.scheduler_process import start_scheduler

    started = start_scheduler(app.home, web=web, database=app.database)
    _show_started(app, started.scheduler, started.warning)


@click.command("start")
@_web_option
@command_options
def start_command(web: bool) -> None:
    """Start the scheduler in the background. It continues when this terminal closes.

    Example: scheduler start
    """
    from workflow_scheduler.operations.home.running import running_scheduler

    app = get_app(create=True)
    if (found := running_scheduler(app.home, app.database)) is not None and _goes_on(app, found):
        _show_started(app, found)
        return
    _start(app, web)


def _goes_on(app: App, found: Holder) -> bool:
    """Cancel the pending stop of a waiting scheduler; offer to end one that does not respond. False if it runs normally."""
    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.operations.condition import condition_of
    from workflow_scheduler.operations.home.scheduler_process import kill_scheduler, wait_for_end, withdraw_stop

    condition = condition_of(app.database, found, app.now())
    if condition.silent_since is not None:
        if not _may_ask():
            raise Refused(f"{condition.problem()} Stop it with 'scheduler stop', then start it again.")
        confirm_or_stop(f"{condition.problem()} End its process and start a new one? Running scripts continue.")
        kill_scheduler(found)
        wait_for_end(app.home, found)
        return False
    if condition.waits_for_runs and withdraw_stop(app.changes, found):
        if not as_json():
            click.echo("The pending stop is cancelled.")
        return True
    return False


def _may_ask() -> bool:
    return sys.stdin.isatty() and not as_json()


@click.command("restart")
@how_options
@_web_option
@click.option("--after", type=int, hidden=True, help="Internal: only start, once this process has ended.")
@command_options
def restart_command(wait: bool, kill: bool, web: bool, after: int | None) -> None:
    """Stop the scheduler and start it again. Running scripts continue.

    Example: scheduler restart
    """
    from workflow_scheduler.operations.home.restart import refuse_unless_background
    from workflow_scheduler.operations.home.running import running_scheduler, started_scheduler

    how = how_of(wait=wait, kill=kill)
    app = get_app(database=after is None, create=True)
    if after is not None:
        _start_after(app, after)
        return
    if running_scheduler(app.home, app.database) is not None:
        refuse_unless_background(started_scheduler(app.home, app.database))
        stop(app, how)
    _start(app, web)


def _start_after(app: App, pid: int) -> None:
    from workflow_scheduler.domain.errors import SchedulerError
    from workflow_scheduler.log_file import open_log
    from workflow_scheduler.operations.home.restart import start_after

    try:
        start_after(app.home, pid)
    except SchedulerError as error:
        # No process waits for this one, so the error goes to the log as well.
        open_log(app.home, app.settings.timezone).error("The scheduler was not started again: %s", error)
        raise


@click.command("serve")
@click.option("--announce", is_flag=True, hidden=True, help="Internal: report when ready, then print nothing.")
@_web_option
@command_options
def serve_command(announce: bool, web: bool) -> None:
    """Run the scheduler in the foreground until Ctrl-C. For service managers and containers.

    Example: scheduler serve
    """
    from workflow_scheduler.bootstrap.serving import serve

    from .announce import about_page, announce_and_fall_silent

    app = get_app(create=True)
    as_json_ = as_json()
    if not announce:
        warn(app.unknown_settings())

    def show(page: Mapping[str, Any]) -> None:
        if as_json_:
            click.echo(json.dumps({"running": True, "pid": os.getpid(), "home": str(app.home), "page": page or None}))
        else:
            click.echo(f"The scheduler is running in {app.home}. Stop it with Ctrl-C.")
            if words := about_page(page):
                click.echo(words)

    serve(app, announce_and_fall_silent if announce else show, web=web, background=announce)
