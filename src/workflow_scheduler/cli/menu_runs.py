"""The menu's actions on the scheduler, on runs and on the log."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from workflow_scheduler.bootstrap import App
from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.run import RunState
from workflow_scheduler.log_file import LOG_NAME
from workflow_scheduler.operations.home.log_tail import last_lines, new_lines, why_no_lines
from workflow_scheduler.operations.home.running import running_scheduler
from workflow_scheduler.operations.home.scheduler_process import start_scheduler, stop_scheduler
from workflow_scheduler.operations.runs.failures import with_failures
from workflow_scheduler.operations.runs.find import find_run_id
from workflow_scheduler.operations.runs.lists import run_list
from workflow_scheduler.operations.runs.rows import RunRow
from workflow_scheduler.operations.runs.show import get_run
from workflow_scheduler.operations.runs.start import request_run, retry_run

from . import show
from .follow import OVER, run_and_follow
from .follow_output import follow_output
from .menu_parameters import ask_parameters, parameter_words
from .menu_workflows import choose_workflow
from .output import output_of, print_never_started, print_output
from .prompts import ask, ask_text, chosen
from .show_difference import differences_of
from .show_run import show_run
from .show_runs import show_runs
from .undriven import cancel_by_hand

__all__ = ["cancel", "follow_log", "history", "output", "retry", "run_now", "start", "stop"]

_LINES = 20
STREAMS = ("stdout", "stderr")


def start(app: App) -> None:
    found = running_scheduler(app.home, app.database)
    if found is not None:
        click.echo(f"The scheduler is already running (pid {found.pid}).")
    else:
        found = start_scheduler(app.home).scheduler
        click.echo(f"The scheduler is running in the background (pid {found.pid}), also after you quit.")
    show.echo_command("start")


def stop(app: App) -> None:
    if running_scheduler(app.home, app.database) is None:
        click.echo("The scheduler is not running.")
    else:
        stopped = stop_scheduler(app.changes, app.home, "leave", app.now)
        click.echo(f"The scheduler stopped (pid {stopped.pid}). Running scripts continue.")
    show.echo_command("stop")


def run_now(app: App) -> None:
    name, timezone = choose_workflow(app), app.settings.timezone
    params = ask_parameters(app, name, timezone)

    def queue(engine_id: int | None) -> str:
        return request_run(
            app.changes, name, app.now(), engine_id=engine_id, by=app.user(), params=params, timezone=timezone
        )

    run = run_and_follow(app, queue)
    click.echo()
    show_run(run, timezone, differences_of(app, run))
    show.echo_command("run", name, *parameter_words(params))


def history(app: App) -> None:
    runs = run_list(app.database, limit=_LINES)
    show_runs(runs, app.settings.timezone, numbered=True)
    show.echo_command("runs", "list")
    if not runs:
        return
    names = [run.id for run in runs]
    given = ask_text("Run to show (#, ID or 'last')", None, lambda answer: _run_id(app, answer, names))
    if given is not None:
        run_id = _run_id(app, given, names)
        run = get_run(app.database, app.home, run_id)
        run = with_failures(app.database, app.home, run, app.settings.timezone)
        show_run(run, app.settings.timezone, differences_of(app, run))
        show.echo_command("runs", "show", run_id)


def output(app: App) -> None:
    run_id = _choose_run(app, "Run to read (#, ID or 'last')", run_list(app.database, limit=_LINES))
    run = get_run(app.database, app.home, run_id)
    if run.state in OVER or not sys.stdin.isatty():
        print_output(output_of(run, None, None, STREAMS))
        print_never_started(run.tasks)
        show.echo_command("runs", "logs", run_id)
        return
    click.echo("Ctrl-C goes back to the menu.")
    show.echo_command("runs", "logs", run_id, "-f")
    follow_output(app, run_id, None, None, STREAMS, None)


def retry(app: App) -> None:
    bad = [run for state in (RunState.FAILED, RunState.UNKNOWN, RunState.CANCELLED) for run in _ended(app, state)]
    bad.sort(key=lambda run: run.queued_at, reverse=True)
    old = _choose_run(app, "Run to retry (#, ID or 'last')", bad[:_LINES])
    run = run_and_follow(
        app,
        lambda engine_id: retry_run(
            app.changes, old, app.now(), engine_id=engine_id, by=app.user(), timezone=app.settings.timezone
        ),
    )
    click.echo()
    show_run(run, app.settings.timezone, differences_of(app, run))
    show.echo_command("runs", "retry", old)


def _ended(app: App, state: RunState) -> list[RunRow]:
    return run_list(app.database, limit=_LINES, state=state)


def cancel(app: App) -> None:
    runs = [*_ended(app, RunState.RUNNING), *_ended(app, RunState.QUEUED)]
    run_id = _choose_run(app, "Run to cancel (#, ID or 'last')", runs, "No run is queued or in progress.")
    _, words = cancel_by_hand(app, run_id)
    click.echo(words)
    show.echo_command("runs", "cancel", run_id)


def _choose_run(
    app: App,
    text: str,
    runs: Sequence[RunRow],
    empty: str = "No run to choose from. Start one with option 9.",
) -> str:
    """Show the runs and ask for one, by its number or by any run's ID. The default is the first."""
    if not runs:
        raise Refused(empty)
    show_runs(runs, app.settings.timezone, numbered=True)
    names = [run.id for run in runs]
    return ask(text, "1", lambda answer: _run_id(app, answer, names), shown="1")


def _run_id(app: App, answer: str, names: Sequence[str]) -> str:
    return chosen(answer, names) or find_run_id(app.database, answer)


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
