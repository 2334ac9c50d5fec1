"""Follows a run with progress: each task, the elapsed time and the estimated time left."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.errors import Refused

from .interruption import Interrupted, fall_silent, interruptible
from .render import console, plain, state_text

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.runs.detail_rows import RunDetail, TaskRunRow

__all__ = ["OVER", "Waiting", "follow_run", "run_and_follow", "tell", "until_over"]

LOOK = 0.05
WAITS = 1.0
"""Seconds that a run may be queued before the reason is shown."""
OVER = ("succeeded", "failed", "cancelled", "unknown")


def follow_run(app: App, run_id: str, *, quiet: bool = False, here: bool = False) -> RunDetail:
    """Show the run until it has ended, and return it. `quiet` shows nothing; `here`: whether this process executes it.

    While the run is queued, standard error shows what it waits for.
    """
    from workflow_scheduler.operations.runs.lists import run_estimate
    from workflow_scheduler.operations.runs.show import get_run

    waiting = Waiting(app, run_id, here=here)
    estimate = None if quiet else run_estimate(app.database, get_run(app.database, app.home, run_id).workflow_id)
    if not quiet and console().is_terminal:
        # The final view of the run replaces it and states each reason once.
        with Live(console=console(), refresh_per_second=12, transient=True) as live:
            return until_over(
                app, run_id, lambda run: live.update(_progress(run, estimate, app.now(), waiting.words(run)))
            )
    said: dict[str, str] = {}

    def show(run: RunDetail) -> None:
        if (words := waiting.words(run)) and said.get("") != words:
            said[""] = words
            tell(f"Waiting: {words}")
        if not quiet:
            _lines(run, said)

    return until_over(app, run_id, show)


class Waiting:
    """What a queued run waits for, refreshed every second."""

    def __init__(self, app: App, run_id: str, *, here: bool) -> None:
        self._app = app
        self._run_id = run_id
        self._here = here
        self._next = time.monotonic() + WAITS
        self._words = ""

    def words(self, run: RunDetail) -> str:
        if run.state != "queued":
            return ""
        if time.monotonic() >= self._next:
            from workflow_scheduler.operations.condition import condition_of
            from workflow_scheduler.operations.home.running import running_scheduler
            from workflow_scheduler.operations.runs.waiting import why_queued

            app = self._app
            self._next = time.monotonic() + WAITS
            condition = (
                None if self._here else condition_of(app.database, running_scheduler(app.home, app.database), app.now())
            )
            limit = app.settings.max_threads
            self._words = why_queued(app.database, self._run_id, condition, limit, app.lack_of_room(), app.now())
        return self._words


def run_and_follow(app: App, queue: Callable[[int | None], str], *, quiet: bool = False) -> RunDetail:
    """Queue a run with the scheduler, or execute it here if none is running; show it until it has ended, and return it with the last
    lines of what failed.

    Ctrl-C, SIGTERM and SIGHUP cancel a run that executes here, and are raised again when it has ended; a run of the
    scheduler continues. If the terminal is closed, a run that executes here continues without it.
    """
    from workflow_scheduler.bootstrap.serving import engine_here
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.operations.runs.failures import with_failures

    if running_scheduler(app.home, app.database) is not None:
        run_id = queue(None)
        try:
            with interruptible():
                return with_failures(
                    app.database, app.home, follow_run(app, run_id, quiet=quiet), app.settings.timezone
                )
        except KeyboardInterrupt:
            tell(f"\nThe run continues. Cancel it with: scheduler runs cancel {run_id}")
            raise
    with engine_here(app) as engine, interruptible(stays=lambda: _stay(app)):
        run_id = queue(engine.id)
        try:
            return with_failures(
                app.database, app.home, follow_run(app, run_id, quiet=quiet, here=True), app.settings.timezone
            )
        except KeyboardInterrupt as error:
            _cancel(app, run_id, error)
            raise


def _cancel(app: App, run_id: str, error: KeyboardInterrupt) -> None:
    """Cancel the run that executes here and wait for its end; a second interrupt stops the wait."""
    from workflow_scheduler.operations.runs.start import cancel_run

    how = f"signal {error.number}" if isinstance(error, Interrupted) else "Ctrl-C"
    tell("\nCancelling…")
    with contextlib.suppress(Refused):  # it ended just now
        cancel_run(app.changes, run_id, app.now(), f"stopped by {how}")
    run = follow_run(app, run_id, quiet=True, here=True)
    tell(f"{run_id} {run.state}: {plain(run.reason)}")


def _stay(app: App) -> None:
    """The terminal was closed: the run continues without output."""
    import logging

    fall_silent()
    logging.getLogger("workflow_scheduler").info(
        "The terminal of 'scheduler run' (pid %d) was closed; the run continues", os.getpid()
    )


def tell(words: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        click.echo(words, err=True)


def until_over(app: App, run_id: str, show: Callable[[RunDetail], None]) -> RunDetail:
    """Call `show` with the run repeatedly until it has ended, and return it."""
    from workflow_scheduler.operations.runs.show import get_run

    mark = None
    run: RunDetail | None = None
    while True:
        # On SQLite a check costs microseconds while nothing changes.
        if (new := app.database.change_mark()) != mark or run is None:
            mark = new
            run = get_run(app.database, app.home, run_id)
        show(run)
        if run.state in OVER:
            return run
        time.sleep(LOOK)


def _lines(run: RunDetail, said: dict[str, str]) -> None:
    """Without a terminal: one line for each change of a task. The reasons are shown when the run has ended."""
    for task in run.tasks:
        if task.state != "pending" and said.get(task.id) != task.state:
            said[task.id] = task.state
            reason = f"  {plain(task.reason)}" if task.state == "waiting" else ""
            console().print(Text.assemble(state_text(task.state), f"  {task.id}{reason}"))


def _progress(run: RunDetail, estimate: float | None, now: datetime, waits: str = "") -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for task in run.tasks:
        grid.add_row(state_text(task.state), task.id, _elapsed(task, now), Text(_what(task), style="dim"))
    done = sum(task.state in (*OVER, "skipped") for task in run.tasks)
    if waits:
        grid.add_row(Text("waiting", style="yellow"), Text(plain(waits)))
    line = f"{run.workflow_id}  {done} of {len(run.tasks)} tasks"
    if run.started_at:
        elapsed = _seconds(run.started_at, run.finished_at or now)
        line += f"  {format_duration(elapsed)}"
        if estimate is not None and run.state not in OVER:
            left = max(0.0, estimate - elapsed)
            line += f"  about {format_duration(left)} left" if left else "  longer than usual"
    return Group(grid, Text.assemble(state_text(run.state), "  ", (line, "bold")))


def _what(task: TaskRunRow) -> str:
    if task.state == "running" and task.attempts:
        attempt = task.attempts[-1]
        words = "waiting for its output files" if attempt.state == "checking_outputs" else ""
        return f"attempt {attempt.number} {words}".strip() if attempt.number > 1 or words else ""
    return plain(task.reason)


def _elapsed(task: TaskRunRow, now: datetime) -> str:
    return format_duration(_seconds(task.started_at, task.finished_at or now)) if task.started_at else ""


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())
