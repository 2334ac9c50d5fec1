"""`scheduler schedule …`"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from workflow_scheduler.domain.schedule import Policies

from .context import answer, command_options, confirm_or_stop, get_app, home_of, now, warn, workflow_argument
from .field_options import changes_from, field_options
from .schedule_options import TriggerCommand, spec_from, trigger_options

__all__ = ["schedule_command"]

_NOT_IN_PREVIEWS = ("from", "paused_until", "enabled", "wake", "catchup", "catchup_window", "overlap", "overlap_scope")
"""Policies that do not change when a fire is due, and those that `--from` says."""

_SHOWN = 5
_CHOOSE = (
    "Choose a trigger: --cron, --times, --every, --interval, --at, --business-day, --at-start, "
    "or --day-of-week, --hour and --minute."
)


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
        raise click.UsageError(_CHOOSE)
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
    coming = coming_fires(app.database, schedule, schedule.planner.cursor or moment, _SHOWN)
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
@field_options(Policies, leave=("enabled",))
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
        coming_fires(get_app().database, found, max(found.planner.cursor or now(), now()), _SHOWN),
    )

    def show_it() -> None:
        from .show_schedules import show_schedule

        show_schedule(row, coming)

    answer({**plain(row), "fires": coming}, show_it)


@schedule_command.command("next")
@click.argument("schedule")
@click.option(
    "-n", "count", type=click.IntRange(1, 1000), default=_SHOWN, show_default=True, help="Number of entries to show."
)
@command_options
def next_(schedule: str, count: int) -> None:
    """Show the next fires of a schedule.

    Example: scheduler schedule next schedule_1 -n 10
    """
    from workflow_scheduler.operations.schedules.show import coming_fires, get_schedule, schedule_row

    found = get_schedule(get_app().database, schedule)
    coming = coming_fires(get_app().database, found, now(), count)

    def show_it() -> None:
        from .show_schedules import show_fires

        show_fires(schedule_row(found).description, found.timezone, coming, found.spec)

    shape = {"id": schedule, "enabled": found.enabled, "timezone": found.timezone, "fires": coming}
    answer(shape, show_it)


@schedule_command.command(cls=TriggerCommand)
@click.option("--schedule", metavar="SCHEDULE", help="Start from this schedule and its policies.")
@trigger_options
@field_options(Policies, leave=_NOT_IN_PREVIEWS)
@click.option("--from", "start", metavar="ISO-TIME", help="Show fires after this time (ISO 8601). Default: now.")
@click.option(
    "-n", "count", type=click.IntRange(1, 1000), default=_SHOWN, show_default=True, help="Number of entries to show."
)
@command_options
def preview(schedule: str | None, start: str | None, count: int, timezone: str | None, **given: Any) -> None:
    """Show when a trigger would fire, without storing anything: of its own, or of a schedule with these changes.

    A fire that moves is shown with its nominal time, the time at which it is due, and why.

    Example: scheduler schedule preview --cron "15 2 * * *" --timezone America/New_York --from 2026-03-07T12:00:00Z
    """
    from dataclasses import replace

    from workflow_scheduler.definitions.documents import changed_policies
    from workflow_scheduler.domain.schedule import Schedule
    from workflow_scheduler.operations.lookup import check_calendar
    from workflow_scheduler.operations.schedules.problems import check_observed
    from workflow_scheduler.operations.schedules.show import coming_fires, get_schedule
    from workflow_scheduler.settings import find_home, read_settings
    from workflow_scheduler.triggers.spec import anchored, describe, parse_spec
    from workflow_scheduler.triggers.warnings import warnings_of

    spec, changes = spec_from(given), changes_from(Policies, given)
    if not spec and schedule is None:
        raise click.UsageError(_CHOOSE)
    database = get_app().database if schedule is not None or changes.get("calendar") else None
    stored = get_schedule(database, schedule) if database is not None and schedule is not None else None
    zone = timezone or (stored.timezone if stored else read_settings(find_home(home_of())).timezone)
    moment = now() if start is None else _moment(start, zone)
    parsed = anchored(parse_spec(spec, zone), zone, moment) if spec or stored is None else dict(stored.spec)
    wanted = stored or Schedule("preview", "", parsed, zone)
    wanted = replace(wanted, spec=parsed, timezone=zone, policies=changed_policies(wanted.policies, changes))
    check_observed(wanted)
    if database is not None:
        database.read(lambda db: check_calendar(db, wanted.policies.calendar))
    coming = coming_fires(database, wanted, moment, count)
    words = describe(parsed, zone)
    warnings = warnings_of(parsed, zone, moment)
    warn(warnings)

    def show_it() -> None:
        from .show_schedules import show_fires

        show_fires(words, zone, coming, parsed)

    answer({"description": words, "timezone": zone, "fires": coming, "warnings": warnings}, show_it)


def _moment(text: str, timezone: str) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--from {text!r} is not an ISO 8601 time. Write 2026-03-07T12:00:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))


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


@schedule_command.command()
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


@schedule_command.command()
@click.argument("schedule")
@command_options
def resume(schedule: str) -> None:
    """Resume a paused schedule.

    Example: scheduler schedule resume schedule_1
    """
    _change(schedule, "fires again", enabled=True, paused_until=None)


@schedule_command.command()
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
