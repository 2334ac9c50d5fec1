"""`scheduler schedule pause`, `resume` and `skip`."""

from __future__ import annotations

from typing import Any

import click

from .context import answer, command_options, get_app, now

__all__ = ["pause", "resume", "skip"]


def _change(schedule: str, words: str, **policies: Any) -> None:
    from dataclasses import replace

    from workflow_scheduler.definitions.documents import changed_policies
    from workflow_scheduler.domain.schedule import Schedule
    from workflow_scheduler.operations.schedules.edit import check_pause, edit_schedule
    from workflow_scheduler.operations.schedules.show import schedule_row

    app = get_app()
    moment = now()

    def change(old: Schedule) -> Schedule:
        changed = replace(old, policies=changed_policies(old.policies, policies))
        check_pause(changed, moment)
        return changed

    changed = edit_schedule(app.changes, schedule, change, moment)
    answer(schedule_row(changed), lambda: click.echo(f"{schedule} {words}."))


@click.command()
@click.argument("schedule")
@click.option("--until", metavar="TIME", help="Fire again from this date or time on, in the schedule's zone.")
@command_options
def pause(schedule: str, until: str | None) -> None:
    """Pause a schedule. Fires due meanwhile are recorded as skipped.

    Example: scheduler schedule pause schedule_1 --until 2027-01-06
    """
    if until is None:
        _change(schedule, "is paused", enabled=False, paused_until=None)
    else:
        _change(schedule, f"is paused until {until}", enabled=True, paused_until=until)


@click.command()
@click.argument("schedule")
@command_options
def resume(schedule: str) -> None:
    """Resume a paused schedule.

    Example: scheduler schedule resume schedule_1
    """
    _change(schedule, "fires again", enabled=True, paused_until=None)


@click.command()
@click.argument("schedule")
@click.option(
    "--next",
    "count",
    type=click.IntRange(0, 1000),
    default=1,
    show_default=True,
    help="The number of runs to skip. 0 takes back what was asked before.",
)
@command_options
def skip(schedule: str, count: int) -> None:
    """Skip the next runs of a schedule, and those alone. They are recorded as skipped, with who asked.

    Example: scheduler schedule skip schedule_1 --next 2
    """
    from workflow_scheduler.operations.schedules.edit import skip_fires
    from workflow_scheduler.operations.schedules.show import get_schedule

    app = get_app()
    skipped = skip_fires(app.changes, schedule, count, now(), app.user())
    zone = get_schedule(app.database, schedule).timezone

    def show_it() -> None:
        from .render import local_time

        click.echo(f"{schedule} skips:" if skipped else f"{schedule} skips no fire.")
        for fire in skipped:
            click.echo(f"  {local_time(fire.nominal, zone)}")

    answer({"id": schedule, "skipped": [fire.nominal for fire in skipped]}, show_it)
