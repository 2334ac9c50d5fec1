"""`scheduler status`"""

from __future__ import annotations

import click

from .context import answer, command_options, get_app

__all__ = ["status_command"]

_NONE = {"next_utc": None, "overdue_since": None}


@click.command("status")
@command_options
def status_command() -> None:
    """Show whether the scheduler runs, what it does, and what comes next.

    Example: scheduler status
    """
    from workflow_scheduler.operations.condition import condition_of
    from workflow_scheduler.operations.home.scheduler_process import running_scheduler
    from workflow_scheduler.operations.runs.show import open_runs
    from workflow_scheduler.operations.schedules.pending import planning_of, with_overdue
    from workflow_scheduler.operations.schedules.planner_pause import planner_state
    from workflow_scheduler.operations.schedules.show import next_due

    app = get_app()
    found = running_scheduler(app.home, app.database)
    condition = condition_of(app.database, found, app.now())
    planner = planner_state(app.database)
    counts = open_runs(app.database)
    scheduled, coming = next_due(app.database, 1)
    following = coming[0] if coming else None
    planning = planning_of(app.database, found, app.now())
    shape = {
        "running": found is not None,
        "pid": condition.pid,
        "problem": condition.problem(),
        "silent_since": None if condition.silent_since is None else condition.silent_since.isoformat(),
        "ending": condition.ending,
        "started_at": found.get("started_at") if found else None,
        "home": str(app.home),
        "database": app.database.shown_url,
        "runs_running": counts["running"],
        "runs_queued": counts["queued"],
        "schedules": scheduled,
        **(
            {name: with_overdue(following, app.now())[name] for name in ("next_utc", "overdue_since")}
            if following
            else _NONE
        ),
        "planner": planner,
        "lack_of_room": app.lack_of_room(),
        "page": found.get("page") if found else None,
    }

    def show() -> None:
        from rich.markup import escape

        from .announce import about_page
        from .next_fire import next_fire
        from .planner_command import about_pause
        from .render import plain, say

        if found is None:
            say("[yellow]The scheduler is not running[/]; start it with: scheduler start")
        elif condition.silent_since is not None:
            say(f"[red]{escape(condition.problem())}[/] End it with: scheduler stop")
        elif condition.waits_for_runs:
            say(f"[yellow]{escape(condition.problem())}[/] Take that back with: scheduler start")
        elif condition.ending is not None:
            say(f"[yellow]{escape(condition.problem())}[/]")
        else:
            say(f"[green]The scheduler runs[/] (pid {condition.pid}).")
        say(f"Home      {escape(plain(app.home))}")
        say(f"Database  {escape(plain(app.database.shown_url))}")
        say(f"Runs      {counts['running']} running, {counts['queued']} queued")
        if following is not None:
            when = next_fire({**following, "enabled": True}, following["timezone"], planning)
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
