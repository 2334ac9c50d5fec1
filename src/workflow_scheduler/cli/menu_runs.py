"""The menu's actions on the scheduler, on runs and on the log."""

from __future__ import annotations

import sys

import click

from workflow_scheduler.bootstrap import App
from workflow_scheduler.log_file import LOG_NAME
from workflow_scheduler.operations.home.log_tail import last_lines, new_lines, why_no_lines
from workflow_scheduler.operations.home.scheduler_process import running_scheduler, start_scheduler, stop_scheduler
from workflow_scheduler.operations.runs.find import find_run_id
from workflow_scheduler.operations.runs.last_lines import with_last_lines
from workflow_scheduler.operations.runs.show import get_run, run_list
from workflow_scheduler.operations.runs.start import request_run

from . import show
from .follow import run_and_follow
from .menu_workflows import choose_workflow
from .prompts import ask_text
from .show_run import show_run, show_runs

__all__ = ["follow_log", "history", "run_now", "start", "stop"]

_LINES = 20


def start(app: App) -> None:
    found = running_scheduler(app.home, app.database)
    if found is not None:
        click.echo(f"The scheduler is already running (pid {found.get('pid')}).")
    else:
        found = start_scheduler(app.home)
        click.echo(f"The scheduler runs in the background (pid {found.get('pid')}), also after you quit.")
    show.echo_command("start")


def stop(app: App) -> None:
    if running_scheduler(app.home, app.database) is None:
        click.echo("The scheduler is not running.")
    else:
        stopped = stop_scheduler(app.changes, app.home, "leave", app.now)
        click.echo(f"The scheduler stopped (pid {stopped.pid}). Scripts that run go on.")
    show.echo_command("stop")


def run_now(app: App) -> None:
    name = choose_workflow(app)
    run = run_and_follow(
        app, lambda engine_id: request_run(app.changes, name, app.now(), engine_id=engine_id, by=app.user())
    )
    click.echo()
    show_run(run, app.settings.timezone)
    show.echo_command("run", name)


def history(app: App) -> None:
    found = run_list(app.database, limit=_LINES)
    show_runs(found, app.settings.timezone)
    show.echo_command("runs", "list")
    if not found:
        return
    given = ask_text("Run ID to show (or its end, or 'last')", None, lambda answer: find_run_id(app.database, answer))
    if given is not None:
        run_id = find_run_id(app.database, given)
        show_run(with_last_lines(app.home, get_run(app.database, app.home, run_id)), app.settings.timezone)
        show.echo_command("runs", "show", run_id)


def follow_log(app: App) -> None:
    path = app.home / LOG_NAME
    lines, position = last_lines(path, _LINES)
    click.echo("\n".join(lines) if lines else why_no_lines(path))
    show.echo_command("log", "-f")
    if not sys.stdin.isatty():
        return
    click.echo("Ctrl-C goes back to the menu.")
    try:
        for line in new_lines(path, position):
            click.echo(line)
    except KeyboardInterrupt:
        click.echo()
