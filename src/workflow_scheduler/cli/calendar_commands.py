"""`scheduler calendar …`"""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from .context import answer, app_to_apply, command_options, confirm_or_stop, empty, get_app, now, warn
from .definition_commands import DAYS_COMPARED

__all__ = ["calendar_command"]


@click.group("calendar")
def calendar_command() -> None:
    """Calendars: which days are open, for schedules that observe them.

    Example: scheduler calendar show bavaria --year 2027
    """


@calendar_command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--dry-run", is_flag=True, help="Show what would change, without changing anything.")
@command_options
def apply(files: tuple[str, ...], dry_run: bool) -> None:
    """Create and update calendars from YAML or JSON files, and compute their days. Workflows in the files are left alone.

    FILE is a file, a folder of .yaml, .yml and .json files, or - for standard input.

    Example: scheduler calendar apply bavaria.yaml
    """
    from workflow_scheduler.operations.calendars.edit import apply_calendars
    from workflow_scheduler.operations.workflows.read import read_files

    app = app_to_apply(dry_run=dry_run)
    read = replace(read_files(files, sys.stdin.buffer), workflows=[])
    if not read.calendars:
        raise click.UsageError("The files define no calendar; a calendar starts with 'kind: calendar'.")
    done = apply_calendars(app.changes, read.calendars, app.home, now(), dry_run=dry_run)
    warn(sentence for applied in done for sentence in applied.warnings)

    def show_it() -> None:
        from .show_calendars import show_applied_calendars

        show_applied_calendars(done, dry_run=dry_run)
        if dry_run and app.database.exists():
            from .diff_command import differences_of, show_differences

            show_differences(differences_of(app, read, DAYS_COMPARED))

    answer(done, show_it)


@calendar_command.command("list")
@command_options
def list_() -> None:
    """List the calendars, and how far their days are known.

    Example: scheduler calendar list
    """
    from workflow_scheduler.operations.calendars.show import calendar_list

    app = get_app(absent=[])
    calendars = calendar_list(app.database)

    def show_it() -> None:
        from .render import short_time, table

        zone = app.settings.timezone
        table(
            ("calendar", "known until", "schedules", f"computed ({zone})"),
            ((row.id, row.last_day or "-", row.schedules, short_time(row.expanded_at, zone)) for row in calendars),
            empty("calendars", "Apply one: scheduler calendar apply FILE"),
        )

    answer(calendars, show_it)


@calendar_command.command()
@click.argument("calendar")
@click.option("--year", type=click.IntRange(1971, 9998), help="Show this year. Default: the present one.")
@command_options
def show(calendar: str, year: int | None) -> None:
    """Show a calendar and the days of a year, with the reason of each closed day.

    Example: scheduler calendar show bavaria --year 2027
    """
    from workflow_scheduler.operations.calendars.show import calendar_year, get_calendar
    from workflow_scheduler.operations.rows import plain

    database = get_app().database
    found, days = get_calendar(database, calendar), calendar_year(database, calendar, year or now().year)

    def show_it() -> None:
        from .show_calendars import show_year

        show_year(found, days)

    answer({**plain(found), "year": days.year, "open_days": days.open_days, "days": days.days}, show_it)


@calendar_command.command()
@click.argument("calendar")
@click.argument("date")
@command_options
def check(calendar: str, date: str) -> None:
    """Say whether a day is open, and why it is not.

    Example: scheduler calendar check bavaria 2027-12-24
    """
    import datetime

    from workflow_scheduler.domain.wall_time import normal_date
    from workflow_scheduler.operations.calendars.show import calendar_day

    day = calendar_day(get_app().database, calendar, datetime.date.fromisoformat(normal_date(date)))

    def show_it() -> None:
        word = "not known" if day.open is None else "open" if day.open else "closed"
        why = f": {day.why}" if day.why and day.open is not None else ""
        source = f" ({day.source})" if day.source else ""
        click.echo(f"{day.date} is {word}{why}{source}.")

    answer(day, show_it)


@calendar_command.command()
@click.argument("calendar")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(calendar: str, yes: bool) -> None:
    """Delete a calendar that no schedule observes.

    Example: scheduler calendar delete bavaria --yes
    """
    from workflow_scheduler.operations.calendars.edit import delete_calendar
    from workflow_scheduler.operations.calendars.show import get_calendar

    app = get_app()
    get_calendar(app.database, calendar)
    if not yes:
        confirm_or_stop(f"Delete {calendar}?")
    delete_calendar(app.changes, calendar)
    answer({"id": calendar, "deleted": True}, lambda: click.echo(f"Deleted {calendar}."))
