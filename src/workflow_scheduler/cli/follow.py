"""Follows a run with progress: task by task, elapsed time, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from workflow_scheduler.domain.durations import format_duration

from .render import console, plain, shown_state

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App

__all__ = ["follow_run", "run_and_follow"]

LOOK = 0.05
_OVER = ("succeeded", "failed", "cancelled", "unknown")


def follow_run(app: App, run_id: str, *, quiet: bool = False) -> dict[str, Any]:
    """Show the run until it is over, and return it. `quiet` shows nothing."""
    estimate = None if quiet else app.queries.estimate(app.queries.run(run_id)["workflow_id"])
    if not quiet and console().is_terminal:
        with Live(console=console(), refresh_per_second=12) as live:
            return _until_over(app, run_id, lambda run: live.update(_progress(run, estimate, app.now())))
    said: dict[str, str] = {}
    return _until_over(app, run_id, (lambda _: None) if quiet else lambda run: _lines(run, said))


def run_and_follow(app: App, queue: Callable[[int | None], str], *, quiet: bool = False) -> dict[str, Any]:
    """Queue a run with the scheduler, or right here where none runs, and show it until it is over.

    Ctrl-C cancels a run that is made here; one that the scheduler makes goes on.
    """
    from workflow_scheduler.bootstrap import engine_here
    from workflow_scheduler.operations.control import running_scheduler
    from workflow_scheduler.operations.running import cancel_run

    if running_scheduler(app.home) is not None:
        run_id = queue(None)
        try:
            return follow_run(app, run_id, quiet=quiet)
        except KeyboardInterrupt:
            click.echo(f"\nThe run goes on; cancel it with: scheduler runs cancel {run_id}", err=True)
            raise
    with engine_here(app) as engine:
        run_id = queue(engine.id)
        try:
            return follow_run(app, run_id, quiet=quiet)
        except KeyboardInterrupt:
            click.echo("\nCancelling…", err=True)
            cancel_run(app.changes, run_id, app.now(), "stopped by Ctrl-C")
            return follow_run(app, run_id, quiet=True)


def _until_over(app: App, run_id: str, show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    mark = None
    run: dict[str, Any] = {}
    while True:
        # On SQLite a look costs microseconds while nothing changes.
        if (new := app.database.change_mark()) != mark or not run:
            mark = new
            run = app.queries.run(run_id)
        show(run)
        if run["state"] in _OVER:
            return run
        time.sleep(LOOK)


def _lines(run: dict[str, Any], said: dict[str, str]) -> None:
    """Without a terminal: a line for each change of a task."""
    for task in run["tasks"]:
        if task["state"] != "pending" and said.get(task["id"]) != task["state"]:
            said[task["id"]] = task["state"]
            reason = f"  {plain(task['reason'])}" if task["reason"] else ""
            console().print(Text.assemble(shown_state(task["state"]), f"  {task['id']}{reason}"))


def _progress(run: dict[str, Any], estimate: float | None, now: datetime) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for task in run["tasks"]:
        grid.add_row(shown_state(task["state"]), task["id"], _elapsed(task, now), Text(_what(task), style="dim"))
    done = sum(task["state"] in (*_OVER, "skipped") for task in run["tasks"])
    line = f"{run['workflow_id']}  {done} of {len(run['tasks'])} tasks"
    if run["started_at"]:
        elapsed = _seconds(run, now)
        line += f"  {format_duration(elapsed)}"
        if estimate is not None and run["state"] not in _OVER:
            left = max(0.0, estimate - elapsed)
            line += f"  about {format_duration(left)} left" if left else "  longer than usual"
    return Group(grid, Text.assemble(shown_state(run["state"]), "  ", (line, "bold")))


def _what(task: dict[str, Any]) -> str:
    if task["state"] == "running" and task["attempts"]:
        attempt = task["attempts"][-1]
        words = "waiting for its output files" if attempt["state"] == "checking_outputs" else ""
        return f"attempt {attempt['number']} {words}".strip() if attempt["number"] > 1 or words else ""
    return plain(task["reason"])


def _elapsed(thing: dict[str, Any], now: datetime) -> str:
    return format_duration(_seconds(thing, now)) if thing["started_at"] else ""


def _seconds(thing: dict[str, Any], now: datetime) -> float:
    end = datetime.fromisoformat(thing["finished_at"]) if thing["finished_at"] else now
    return max(0.0, (end - datetime.fromisoformat(thing["started_at"])).total_seconds())
