"""`scheduler fires …`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, command_options, get_app

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.schedules.rows import FireRow

__all__ = ["fires_command"]


@click.group("fires")
def fires_command() -> None:
    """Fires: what happened at each due time of a schedule.

    Example: scheduler fires list nightly
    """


@fires_command.command("list")
@click.argument("workflow", required=False)
@click.option("--schedule", metavar="SCHEDULE", help="Only this schedule, even if it has been deleted.")
@click.option(
    "-n", "--limit", type=click.IntRange(0, 1_000_000_000), default=0, help="The newest N fires. Default: all."
)
@command_options
def fires_list(workflow: str | None, schedule: str | None, limit: int) -> None:
    """List the fires of a workflow's schedules or of one schedule: each run, or why there was none.

    Example: scheduler fires list nightly -n 20
    """
    from workflow_scheduler.operations.rows import plain
    from workflow_scheduler.operations.schedules.show import schedules_of
    from workflow_scheduler.operations.workflows.show import get_workflow

    if (workflow is None) == (schedule is None):
        raise click.UsageError("Name a workflow, or one schedule with --schedule.")
    app = get_app()
    if workflow is not None:
        get_workflow(app.database, workflow)
        names = [schedule.id for schedule in schedules_of(app.database, workflow)]
    else:
        names = [schedule or ""]
    fires = _fires(app, names, limit)

    def show_it() -> None:
        from .render import local_time, table

        zone = app.settings.timezone
        table(
            ("due", *(("schedule",) if workflow else ()), "became", "run", "reason"),
            (
                (
                    local_time(fire.due_utc or fire.nominal_utc, zone),
                    *((name,) if workflow else ()),
                    fire.disposition.replace("_", " ") + (f" ({fire.count} times)" if fire.count > 1 else ""),
                    fire.run_id or "-",
                    fire.reason,
                )
                for name, fire in fires
            ),
            f"{schedule} has not been due yet."
            if workflow is None
            else f"No schedule of {workflow} has been due yet."
            if names
            else f"{workflow} has no schedule; add one: scheduler schedule add {workflow} --every 1h",
        )

    answer([{"schedule_id": name, **plain(fire)} for name, fire in fires], show_it)


def _fires(app: App, schedules: list[str], limit: int) -> list[tuple[str, FireRow]]:
    """The newest `limit` fires (0: all) of the schedules, each with its schedule, oldest first; pending fires come last."""
    from workflow_scheduler.operations.schedules.pending import pending_fire
    from workflow_scheduler.operations.schedules.show import fire_list

    from .next_fire import planning_here

    planning = planning_here(app)
    recorded: list[tuple[str, FireRow]] = []
    pending = []
    for name in schedules:
        recorded += [(name, fire) for fire in fire_list(app.database, name, limit or None)]
        if (fire := pending_fire(app.database, name, planning)) is not None:
            pending.append((name, fire))
    recorded.sort(key=lambda named: (named[1].nominal_utc, named[0]))
    return (recorded[-limit:] if limit else recorded) + pending
