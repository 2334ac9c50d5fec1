"""`scheduler planner pause|resume|status`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, command_options, get_app

if TYPE_CHECKING:
    from workflow_scheduler.operations.schedules.planning import PlannerRow

__all__ = ["planner_command"]


@click.group("planner")
def planner_command() -> None:
    """Pause and resume all schedules at once, for example during maintenance.

    Example: scheduler planner pause
    """


@planner_command.command("pause")
@command_options
def pause_command() -> None:
    """Pause all schedules. Runs in progress continue, and 'scheduler run' still works.

    Example: scheduler planner pause
    """
    from workflow_scheduler.operations.schedules.planner_pause import pause_planner

    app = get_app()
    pause_planner(app.changes, app.now(), app.user())
    _show("All schedules are paused. Resume them with: scheduler planner resume")


@planner_command.command("resume")
@command_options
def resume_command() -> None:
    """Resume all schedules. Fires that were due meanwhile are recorded as skipped.

    Example: scheduler planner resume
    """
    from workflow_scheduler.operations.schedules.planner_pause import resume_planner

    app = get_app()
    resume_planner(app.database, app.now(), app.changes)
    _show("Schedules fire again.")


@planner_command.command("status")
@command_options
def status_command() -> None:
    """Show whether the planner is paused, since when and by whom.

    Example: scheduler planner status
    """
    _show()


def _show(words: str = "") -> None:
    from workflow_scheduler.operations.schedules.planning import planner_state

    state = planner_state(get_app().database)

    def show() -> None:
        click.echo(words or about_pause(state) or "The planner is running: schedules fire.")

    answer(state, show)


def about_pause(planner: PlannerRow) -> str:
    """A sentence; empty unless the planner is paused."""
    from workflow_scheduler.operations.timestamps import iso

    if not planner.paused:
        return ""
    since = f"since {iso(planner.paused_at)} by {planner.paused_by}"
    return f"The planner has been paused {since}: no schedule fires. Resume with: scheduler planner resume"
