"""`scheduler status`"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from .context import answer, command_options, get_app

if TYPE_CHECKING:
    from workflow_scheduler.domain.errors import SchedulerError
    from workflow_scheduler.operations.rows import Plain

__all__ = ["status_command"]

_COMING = 5
_BACKFILLS = 20
_NOT_RUNNING = 3


@click.command("status")
@command_options
def status_command() -> None:
    """Show whether the scheduler is running, what failed, was skipped, is paused or late, and the next five fires.

    Exit code 0 if the scheduler is running, 3 if it is not or there is no home here.

    Example: scheduler status
    """
    from workflow_scheduler.operations.backfills.unfinished import unfinished_backfills
    from workflow_scheduler.operations.condition import condition_of
    from workflow_scheduler.operations.home.attention import attention
    from workflow_scheduler.operations.home.planned_stop import planned_stop
    from workflow_scheduler.operations.home.presence import NoHome
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.operations.rows import plain
    from workflow_scheduler.operations.runs.lists import open_runs
    from workflow_scheduler.operations.schedules.due import next_due
    from workflow_scheduler.operations.schedules.planning import due_of, planner_state, planning_of

    try:
        app = get_app()
    except NoHome as error:
        _answer_without_home(error)
    found = running_scheduler(app.home, app.database)
    condition = condition_of(app.database, found, app.now())
    counts = open_runs(app.database)
    scheduled, first = next_due(app.database, 1)
    due = due_of(first[0].next_utc if first else None, app.now())
    backfills = unfinished_backfills(app.database, _BACKFILLS)
    stop = planned_stop(app.home) if found is None else None
    planner, rows = planner_state(app.database), attention(app.database, app.now(), _COMING)
    shape: Plain = {
        "running": found is not None,
        "pid": condition.pid,
        "problem": condition.problem(),
        "silent_since": None if condition.silent_since is None else condition.silent_since.isoformat(),
        "ending": condition.ending,
        "stopped": stop and plain(stop),
        "started_at": found.started_at if found else None,
        "home": str(app.home),
        "database": app.database.shown_url,
        "runs_running": counts["running"],
        "runs_queued": counts["queued"],
        "backfills": backfills,
        "schedules": scheduled,
        **plain(due),
        "planner": planner,
        "lack_of_room": app.lack_of_room(),
        "page": found.page if found else None,
        "unknown_settings": app.unknown_settings(),
        **plain(rows),
    }

    def show() -> None:
        from .show_status import show_status

        planning = planning_of(app.database, found, app.now())
        show_status(shape, planner, rows, condition, planning, app.settings.timezone)

    answer(shape, show)
    if found is None:
        raise click.exceptions.Exit(_NOT_RUNNING)


def _answer_without_home(error: SchedulerError) -> NoReturn:
    """The same shape for a scheduler that is not running."""
    from workflow_scheduler.operations.home.attention import Attention
    from workflow_scheduler.operations.rows import plain
    from workflow_scheduler.operations.schedules.planning import PlannerRow

    app = get_app(database=False)
    nothing = ("pid", "silent_since", "ending", "stopped", "started_at", "next_utc", "overdue_since", "page")
    shape: Plain = {
        "running": False,
        "problem": str(error),
        "home": str(app.home),
        "database": app.database.shown_url,
        **dict.fromkeys(("runs_running", "runs_queued", "schedules"), 0),
        **dict.fromkeys(nothing),
        "planner": PlannerRow(paused=False, paused_at=None, paused_by=None),
        "lack_of_room": app.lack_of_room(),
        "unknown_settings": [],
        "backfills": [],
        **plain(Attention()),
    }
    answer(shape, lambda: click.echo(f"{error} (Looked in {app.home}.)"))
    raise click.exceptions.Exit(_NOT_RUNNING)
