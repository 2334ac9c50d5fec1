"""`scheduler schedule …`"""

from __future__ import annotations

from typing import Any

import click

from workflow_scheduler.domain.policies import Policies

from .context import answer, command_options, confirm_or_stop, get_app, now, warn, workflow_argument
from .field_options import changes_from, field_options
from .forecast_commands import next_, preview
from .pause_commands import pause, resume, skip
from .schedule_options import CHOOSE, SHOWN, TriggerCommand, spec_from, trigger_options

__all__ = ["schedule_command"]


@click.group("schedule")
def schedule_command() -> None:
    """Schedules: when workflows are due.

    Example: scheduler schedule add nightly --cron "0 1 * * mon-fri"
    """


@schedule_command.command(cls=TriggerCommand)
@workflow_argument()
@click.option("--id", "schedule_id", metavar="ID", help="ID of the schedule. Default: the next free schedule_N.")
@click.option("--paused", is_flag=True, help="Add it paused.")
@trigger_options
@field_options(Policies, leave=("enabled",))
@command_options
def add(workflow: str, schedule_id: str | None, paused: bool, timezone: str | None, **given: Any) -> None:
    """Schedule a workflow.

    Example: scheduler schedule add nightly --day-of-week mon-fri --hour 1 --minute 0 --timezone Europe/Berlin
    """
    from workflow_scheduler.definitions.documents import changed_policies
    from workflow_scheduler.operations.rows import plain
    from workflow_scheduler.operations.schedules.edit import add_schedule
    from workflow_scheduler.operations.schedules.show import coming_fires, schedule_row
    from workflow_scheduler.triggers.warnings import warnings_of

    spec = spec_from(given)
    if not spec:
        raise click.UsageError(CHOOSE)
    app, moment = get_app(), now()
    schedule = add_schedule(
        app.changes,
        workflow,
        spec,
        moment,
        schedule_id=schedule_id,
        timezone=timezone or app.settings.timezone,
        policies=changed_policies(Policies(enabled=not paused), changes_from(Policies, given)),
    )
    coming = coming_fires(app.database, schedule, schedule.planner.cursor or moment, SHOWN)
    warnings = warnings_of(schedule.spec, schedule.timezone, moment)
    warn(warnings)

    def show_it() -> None:
        from .show_schedules import show_fires

        click.echo(f"Added {schedule.id} to {workflow}.")
        show_fires(schedule_row(schedule).description, schedule.timezone, coming, schedule.spec)

    answer({**plain(schedule_row(schedule)), "fires": coming, "warnings": warnings}, show_it)


@schedule_command.command(cls=TriggerCommand)
@click.argument("schedule")
@trigger_options
@field_options(Policies, leave=("enabled",), edits=True)
@command_options
def edit(schedule: str, timezone: str | None, **given: Any) -> None:
    """Change the trigger or the policies of a schedule.

    Example: scheduler schedule edit schedule_1 --every 2h --overlap skip
    """
    from dataclasses import replace

    from workflow_scheduler.definitions.documents import changed_policies
    from workflow_scheduler.domain.schedule import Schedule
    from workflow_scheduler.operations.rows import plain
    from workflow_scheduler.operations.schedules.edit import edit_schedule
    from workflow_scheduler.operations.schedules.show import schedule_row
    from workflow_scheduler.triggers.warnings import warnings_of

    spec, policies = spec_from(given), changes_from(Policies, given)
    if not (spec or policies or timezone):
        raise click.UsageError("Name what to change, for example --every 2h.")

    def change(old: Schedule) -> Schedule:
        changed = changed_policies(old.policies, policies)
        return replace(old, spec=spec or old.spec, timezone=timezone or old.timezone, policies=changed)

    moment = now()
    changed = edit_schedule(get_app().changes, schedule, change, moment)
    warnings = warnings_of(changed.spec, changed.timezone, moment) if spec or timezone else []
    warn(warnings)
    row = schedule_row(changed)
    answer(
        {**plain(row), "warnings": warnings},
        lambda: click.echo(f"{schedule} is now: {row.description} ({changed.timezone})."),
    )


@schedule_command.command("list")
@click.option("--workflow", metavar="WORKFLOW", help="Only those of this workflow.")
@command_options
def list_(workflow: str | None) -> None:
    """List the schedules and when each is due next.

    Example: scheduler schedule list
    """
    from workflow_scheduler.operations.schedules.planning import with_overdue
    from workflow_scheduler.operations.schedules.show import schedule_list

    app = get_app(absent=[])
    schedules = schedule_list(app.database, workflow)

    def show_it() -> None:
        from .next_fire import planning_here
        from .show_schedules import show_schedules

        show_schedules(schedules, planning_here(app))

    answer([with_overdue(schedule, now()) for schedule in schedules], show_it)


@schedule_command.command()
@click.argument("schedule")
@command_options
def show(schedule: str) -> None:
    """Show a schedule, its policies and its next fires.

    Example: scheduler schedule show schedule_1
    """
    from workflow_scheduler.operations.rows import plain
    from workflow_scheduler.operations.schedules.show import coming_fires, get_schedule, schedule_row

    found = get_schedule(get_app().database, schedule)
    row, coming = (
        schedule_row(found),
        coming_fires(get_app().database, found, max(found.planner.cursor or now(), now()), SHOWN),
    )

    def show_it() -> None:
        from .show_schedules import show_schedule

        show_schedule(row, coming)

    answer({**plain(row), "fires": coming}, show_it)


@schedule_command.command()
@click.argument("schedule")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(schedule: str, yes: bool) -> None:
    """Delete a schedule. Its recorded fires are kept.

    Example: scheduler schedule delete schedule_1 --yes
    """
    from workflow_scheduler.operations.schedules.edit import delete_schedule
    from workflow_scheduler.operations.schedules.show import get_schedule

    app = get_app()
    get_schedule(app.database, schedule)
    if not yes:
        confirm_or_stop(f"Delete {schedule}?")
    delete_schedule(app.changes, schedule, now())
    answer({"id": schedule, "deleted": True}, lambda: click.echo(f"Deleted {schedule}; its fires stay on record."))


for _command in (next_, preview, pause, resume, skip):
    schedule_command.add_command(_command)
