"""`scheduler schedule next` and `preview`: when a schedule fires, and why then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from workflow_scheduler.domain.policies import Policies

from .context import answer, command_options, get_app, home_of, now, warn
from .field_options import changes_from, field_options
from .schedule_options import CHOOSE, SHOWN, TriggerCommand, spec_from, trigger_options

__all__ = ["next_", "preview"]

_NOT_IN_PREVIEWS = ("from", "paused_until", "enabled", "wake", "catchup", "catchup_window", "overlap", "overlap_scope")
"""Policies that do not change when a fire is due, and those that `--from` says."""


@click.command("next")
@click.argument("schedule")
@click.option(
    "-n", "count", type=click.IntRange(1, 1000), default=SHOWN, show_default=True, help="Number of entries to show."
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


@click.command(cls=TriggerCommand)
@click.option("--schedule", metavar="SCHEDULE", help="Start from this schedule and its policies.")
@trigger_options
@field_options(Policies, leave=_NOT_IN_PREVIEWS)
@click.option("--from", "start", metavar="ISO-TIME", help="Show fires after this time (ISO 8601). Default: now.")
@click.option(
    "-n", "count", type=click.IntRange(1, 1000), default=SHOWN, show_default=True, help="Number of entries to show."
)
@command_options
def preview(schedule: str | None, start: str | None, count: int, timezone: str | None, **given: Any) -> None:
    """Show when a trigger would fire, without storing anything: of its own, or of a schedule with these changes.

    A fire that moves is shown with its nominal time, the time at which it is due, and why.

    Example: scheduler schedule preview --cron "15 2 * * *" --timezone America/New_York --from 2026-03-07T12:00:00Z
    """
    from dataclasses import replace

    from workflow_scheduler.domain.schedule import Schedule
    from workflow_scheduler.operations.lookup import check_calendar
    from workflow_scheduler.operations.schedules.forecast import planner_of
    from workflow_scheduler.operations.schedules.problems import check_observed
    from workflow_scheduler.operations.schedules.show import coming_fires, get_schedule
    from workflow_scheduler.settings import find_home, read_settings
    from workflow_scheduler.triggers.spec import anchored, describe, parse_spec
    from workflow_scheduler.triggers.warnings import warnings_of

    spec, changes = spec_from(given), changes_from(Policies, given)
    if not spec and schedule is None:
        raise click.UsageError(CHOOSE)
    database = get_app().database if schedule is not None or changes.get("calendar") else None
    stored = get_schedule(database, schedule) if database is not None and schedule is not None else None
    zone = timezone or (stored.timezone if stored else read_settings(find_home(home_of())).timezone)
    moment = now() if start is None else _moment(start, zone)
    parsed = anchored(parse_spec(spec, zone), zone, moment) if spec or stored is None else dict(stored.spec)
    wanted = stored or Schedule("preview", "", parsed, zone)
    planner = planner_of(stored, parsed, zone, min(moment, now()))
    wanted = replace(wanted, spec=parsed, timezone=zone, planner=planner)
    if changes:
        from workflow_scheduler.definitions.documents import changed_policies

        wanted = replace(wanted, policies=changed_policies(wanted.policies, changes))
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
