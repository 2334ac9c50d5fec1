"""The numbered menu."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from workflow_scheduler.bootstrap import App, open_app
from workflow_scheduler.domain.errors import SchedulerError

from . import menu_home, menu_runs, menu_schedules, menu_tasks, menu_workflows
from .interruption import Interrupted
from .prompts import Back, BoundedLines

__all__ = ["open_menu"]

Action = Callable[[App], None]

_SPEC: tuple[tuple[str, Action | None], ...] = (
    ("List workflows", menu_workflows.list_workflows),
    ("Create workflow", menu_workflows.create_workflow),
    ("Add task to workflow", menu_tasks.add_task),
    ("Schedule workflow", menu_schedules.schedule_workflow),
    ("List scheduled workflows", menu_schedules.list_schedules),
    ("Start scheduler", menu_runs.start),
    ("Stop scheduler", menu_runs.stop),
    ("Quit", None),
)
_MORE: tuple[tuple[str, Action], ...] = (
    ("Run workflow now", menu_runs.run_now),
    ("History", menu_runs.history),
    ("Follow the log", menu_runs.follow_log),
    ("Show workflow", menu_workflows.show_workflow),
    ("Edit workflow", menu_workflows.edit_workflow),
    ("Delete workflow", menu_workflows.delete_workflow),
    ("Edit task", menu_tasks.edit_task),
    ("Move task", menu_tasks.move_task),
    ("Delete task", menu_tasks.delete_task),
    ("Edit schedule", menu_schedules.edit_schedule),
    ("Pause or resume schedule", menu_schedules.pause_schedule),
    ("Delete schedule", menu_schedules.delete_schedule),
    ("Output of a run", menu_runs.output),
    ("Retry run", menu_runs.retry),
    ("Cancel run", menu_runs.cancel),
    ("Open web interface", menu_home.open_web),
    ("Checks (doctor)", menu_home.checks),
    ("Start at boot", menu_home.start_at_boot),
    ("Report of the night", menu_home.report),
)
_ACTIONS = {str(number): action for number, (_, action) in enumerate((*_SPEC, *_MORE), 1)}


def open_menu(home: str | None) -> None:
    """Ask and act until the user quits, the input ends, or Ctrl-C. Within an action, Ctrl-C goes back to the menu."""
    app = open_app(home, create=True, doing=lambda: ("scheduler, in the menu", ""))
    if app.notes:
        click.echo(app.notes)
    if not sys.stdin.isatty():
        sys.stdin = BoundedLines(sys.stdin)
    try:
        _loop(app)
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo()
    finally:
        app.close()
    click.echo("Goodbye.")


def _loop(app: App) -> None:
    _show(app)
    while True:
        choice = str(click.prompt("Choose [default: 'menu']", default="menu", show_default=False)).strip()
        if choice in ("menu", "m", "?", "h", "help", "b"):
            _show(app)
            continue
        if choice in ("8", "q", "quit", "exit"):
            return
        action = _ACTIONS.get(choice)
        if action is None:
            click.echo(click.style(f"  {choice!r} is not in the menu; type 1 to {len(_ACTIONS)}.", fg="yellow"))
            continue
        try:
            action(app)
        except Back:
            click.echo("  Back; nothing was changed. Ctrl-C leaves the menu.")
        except Interrupted:
            raise
        except KeyboardInterrupt:
            click.echo("\n  Back in the menu; Ctrl-C leaves it.")
        except SchedulerError as error:
            click.echo(click.style(f"  {error}", fg="red"))
        click.echo()


def _show(app: App) -> None:
    click.echo(click.style("Workflow Scheduler", bold=True) + f"  {app.home}")
    click.echo()
    for number, (name, _) in enumerate(_SPEC, 1):
        click.echo(f" {number:>2}. {name}")
    click.echo()
    half = (len(_MORE) + 1) // 2
    rows = [f"{number:>3}. {name}" for number, (name, _) in enumerate(_MORE, len(_SPEC) + 1)]
    for at in range(half):
        right = rows[at + half] if at + half < len(rows) else ""
        click.echo(f"{rows[at]:<34}{right}".rstrip())
    click.echo()
    click.echo(
        click.style("Enter accepts the default, '-' clears an optional value, 'b' or Ctrl-C goes back.", dim=True)
    )
    click.echo()
