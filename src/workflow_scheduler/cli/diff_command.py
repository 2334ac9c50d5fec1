"""`scheduler diff`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .context import answer, command_options, get_app, now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.schedules.difference import ScheduleDifference
    from workflow_scheduler.operations.workflows.read import Definitions

__all__ = ["diff_command", "differences_of", "show_differences"]

_SHOWN, _NAMED = 10, 3


@click.command("diff")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="How far to look ahead.")
@command_options
def diff_command(files: tuple[str, ...], days: int) -> None:
    """Show which fires changed workflows and calendars would add, remove and move, and which of the new ones are due together with
    others. Nothing is changed.

    FILE is as for 'scheduler workflow apply'.

    Example: scheduler diff new.yaml --days 60
    """
    from workflow_scheduler.operations.workflows.read import read_files

    app = get_app()
    found = differences_of(app, read_files(files, sys.stdin.buffer), days)

    def show() -> None:
        show_differences(found)
        if not found:
            click.echo(f"No fire of the next {days} days changes.")

    answer(found, show)


def differences_of(app: App, read: Definitions, days: int) -> list[ScheduleDifference]:
    """What applying them would do to the fires of the coming days."""
    from workflow_scheduler.operations.workflows.apply import fire_differences

    return fire_differences(
        app.database, app.settings.timezone, read.workflows, now(), days, calendars=read.calendars, home=app.home
    )


def show_differences(differences: Sequence[ScheduleDifference]) -> None:
    for difference in differences:
        counts = [
            f"{len(fires)} {words}"
            for fires, words in (
                (difference.moved, "moved"),
                (difference.added, "added"),
                (difference.removed, "removed"),
            )
            if fires
        ]
        end = _local(difference.until, difference.timezone)
        click.echo(f"{difference.workflow_id}, schedule {difference.schedule_id}: {', '.join(counts)} until {end}")
        _lines("moved", [_moved(fire.before, fire.after, difference.timezone) for fire in difference.moved])
        _lines("added", [_local(fire, difference.timezone) for fire in difference.added])
        _lines("removed", [_local(fire, difference.timezone) for fire in difference.removed])
        _lines(
            "together",
            [
                f"{_local(collision.at, difference.timezone)} with {_names(collision.schedule_ids)}"
                for collision in difference.collisions
            ],
        )


def _names(schedules: Sequence[str]) -> str:
    more = f" and {len(schedules) - _NAMED} more" if len(schedules) > _NAMED else ""
    return f"{', '.join(schedules[:_NAMED])}{more}"


def _lines(words: str, lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        click.echo(f"  {words:<8} {line}")
    if len(lines) > _SHOWN:
        click.echo(f"  {words:<8} and {len(lines) - _SHOWN} more")


def _local(moment: datetime, timezone: str) -> str:
    from .render import local_time

    return local_time(moment, timezone)


def _moved(before: datetime, after: datetime, timezone: str) -> str:
    """Both are on the same day."""
    return f"{_local(before, timezone)} → {_local(after, timezone).split(' ', 2)[2]}"
