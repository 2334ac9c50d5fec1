"""`scheduler start|stop|restart|status|serve|log|completion`"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .context import answer, as_json, command_options, get_app, home_of

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App

__all__ = [
    "completion_command",
    "log_command",
    "restart_command",
    "serve_command",
    "start_command",
    "status_command",
    "stop_command",
]


_F = TypeVar("_F", bound=Callable[..., Any])
_web_option = click.option("--web/--no-web", default=True, help="Whether there is a page. Default: as WEB says.")


def _show_started(app: App, found: dict[str, Any]) -> None:
    from .announce import about_page

    def show() -> None:
        click.echo(f"The scheduler runs (pid {found.get('pid')}).")
        if words := about_page(found.get("page")):
            click.echo(words, err="problem" in found["page"])

    shape = {"running": True, "pid": found.get("pid"), "home": str(app.home), "page": found.get("page")}
    answer(shape, show)


@click.command("start")
@_web_option
@command_options
def start_command(web: bool) -> None:
    """Start the scheduler in the background. It goes on when this terminal closes.

    Example: scheduler start
    """
    from workflow_scheduler.operations.control import start_scheduler

    app = get_app()
    _show_started(app, start_scheduler(app.home, web=web))


def _how_options(function: _F) -> _F:
    function = click.option("--kill", is_flag=True, help="Cancel the runs in progress.")(function)
    return click.option("--wait", is_flag=True, help="Let the runs in progress end first; no further one is started.")(
        function
    )


def _how(wait: bool, kill: bool) -> str:
    if wait and kill:
        raise click.UsageError("Give either --wait or --kill, not both.")
    return "kill" if kill else "wait" if wait else "leave"


@click.command("stop")
@_how_options
@command_options
def stop_command(wait: bool, kill: bool) -> None:
    """Stop the scheduler. Scripts that run go on, and the next start picks them up.

    Example: scheduler stop --wait
    """
    from workflow_scheduler.operations.control import stop_scheduler

    how = _how(wait, kill)
    app = get_app()
    pid = stop_scheduler(app.changes, app.home, how)
    left = app.queries.open_runs()["running"]

    def show() -> None:
        goes_on = f" {left} runs go on without it; the next start picks them up." if left else ""
        click.echo(f"The scheduler stopped (pid {pid}).{goes_on}")

    answer({"running": False, "pid": pid, "runs_running": left}, show)


@click.command("restart")
@_how_options
@_web_option
@click.option("--after", type=int, hidden=True, help="Only start it, once this process has ended; for the page.")
@command_options
def restart_command(wait: bool, kill: bool, web: bool, after: int | None) -> None:
    """Stop the scheduler and start it again. Scripts that run go on.

    Example: scheduler restart
    """
    from workflow_scheduler.operations.control import running_scheduler, start_scheduler, stop_scheduler
    from workflow_scheduler.operations.restarting import refuse_unless_background

    how = _how(wait, kill)
    app = get_app(database=after is None)
    if after is not None:
        _start_after(app, after)
        return
    if (found := running_scheduler(app.home)) is not None:
        refuse_unless_background(found)
        stop_scheduler(app.changes, app.home, how)
    _show_started(app, start_scheduler(app.home, web=web))


def _start_after(app: App, pid: int) -> None:
    from workflow_scheduler.domain.errors import SchedulerError
    from workflow_scheduler.log_file import open_log
    from workflow_scheduler.operations.restarting import start_after

    try:
        start_after(app.home, pid)
    except SchedulerError as error:
        # Nobody waits for this process: who asked for it looks into the log.
        open_log(app.home, app.settings.timezone).error("The scheduler was not started again: %s", error)
        raise


@click.command("status")
@command_options
def status_command() -> None:
    """Show whether the scheduler runs, what it does, and what comes next.

    Example: scheduler status
    """
    from workflow_scheduler.operations.control import running_scheduler
    from workflow_scheduler.operations.planning import planner_state

    app = get_app()
    found = running_scheduler(app.home)
    planner = planner_state(app.database)
    counts = app.queries.open_runs()
    scheduled, coming = app.queries.coming(1)
    following = coming[0] if coming else None
    shape = {
        "running": found is not None,
        "pid": found.get("pid") if found else None,
        "started_at": found.get("started_at") if found else None,
        "home": str(app.home),
        "database": app.database.shown_url,
        "runs_running": counts["running"],
        "runs_queued": counts["queued"],
        "schedules": scheduled,
        "next_utc": following["next_utc"] if following else None,
        "planner": planner,
        "lack_of_room": app.lack_of_room(),
        "page": found.get("page") if found else None,
    }

    def show() -> None:
        from rich.markup import escape

        from .announce import about_page
        from .planner_command import about_pause
        from .render import local_time, plain, say

        if found is not None:
            say(f"[green]The scheduler runs[/] (pid {found.get('pid')}).")
        else:
            say("[yellow]The scheduler is not running[/]; start it with: scheduler start")
        say(f"Home      {escape(plain(app.home))}")
        say(f"Database  {escape(plain(app.database.shown_url))}")
        say(f"Runs      {counts['running']} running, {counts['queued']} queued")
        if following is not None:
            when = local_time(following["next_utc"], following["timezone"])
            say(f"Next      {when}  {escape(following['workflow_id'])} ({escape(following['id'])})")
        else:
            say("Next      nothing is scheduled")
        if words := about_pause(planner):
            say(f"[yellow]{escape(plain(words))}[/]")
        if words := about_page(found.get("page") if found else None):
            say(f"Page      {escape(plain(words))}")
        if shape["lack_of_room"]:
            say(f"[red]{escape(plain(shape['lack_of_room']))}[/]")

    answer(shape, show)


@click.command("serve")
@click.option("--announce", is_flag=True, hidden=True, help="Say when ready, then be silent; for 'start'.")
@_web_option
@command_options
def serve_command(announce: bool, web: bool) -> None:
    """Be the scheduler in this terminal, until Ctrl-C. For service managers.

    Example: scheduler serve
    """
    from workflow_scheduler.bootstrap import serve

    from .announce import about_page, announce_and_fall_silent

    app = get_app()
    as_json_ = as_json()

    def show(page: dict[str, Any]) -> None:
        if as_json_:
            click.echo(json.dumps({"running": True, "pid": os.getpid(), "home": str(app.home), "page": page or None}))
        else:
            click.echo(f"The scheduler runs in {app.home}; stop it with Ctrl-C.")
            if words := about_page(page):
                click.echo(words)

    serve(app, announce_and_fall_silent if announce else show, web=web, background=announce)


@click.command("log")
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is added, until Ctrl-C.")
@click.option(
    "-n", "--lines", type=click.IntRange(0, 1_000_000), default=20, show_default=True, help="How many to begin with."
)
@command_options
def log_command(follow: bool, lines: int) -> None:
    """Show the end of scheduler.log.

    Example: scheduler log -f
    """
    from workflow_scheduler.log_file import LOG_NAME
    from workflow_scheduler.operations.tail import last_lines, new_lines
    from workflow_scheduler.settings import find_home

    path = find_home(home_of()) / LOG_NAME
    found, position = last_lines(path, lines)
    if not found and not follow:
        answer([], lambda: click.echo(f"{path} is empty: nothing ran in this home yet."))
        return
    answer(found, lambda: click.echo("\n".join(found)) if found else None)
    if follow:
        for line in new_lines(path, position):
            click.echo(json.dumps(line, ensure_ascii=False) if as_json() else line)


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
@command_options
def completion_command(shell: str | None) -> None:
    """Print the completion script of your shell, bash if none is named.

    Example: scheduler completion bash > ~/.local/share/bash-completion/completions/scheduler
    """
    from click.shell_completion import get_completion_class

    from .main import cli

    found = get_completion_class(shell or "bash")
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    script = found(cli, {}, "scheduler", "_SCHEDULER_COMPLETE").source()
    answer({"shell": shell or "bash", "script": script}, lambda: click.echo(script))
