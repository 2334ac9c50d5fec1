"""`scheduler report`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, command_options, get_app

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.reports.rows import Report

__all__ = ["report_command", "report_of"]


@click.command("report")
@click.option(
    "--since",
    metavar="TIME",
    default="yesterday 18:00",
    show_default=True,
    help="Begin then: 'yesterday 18:00', 'today 06:00', 12h (ago), or a date or time such as 2026-11-29.",
)
@command_options
def report_command(since: str) -> None:
    """Say on one screen what became of every due time, worst first, and what comes next.

    Example: scheduler report --since 12h
    """
    from workflow_scheduler.operations.rows import plain

    app = get_app()
    found = report_of(app, since)

    def show() -> None:
        from .show_report import show_report

        show_report(found, app.settings.timezone)

    answer(plain(found), show)


def report_of(app: App, since: str) -> Report:
    """The report of the home since that time, as a person writes it."""
    from workflow_scheduler.operations.reports.report import compose
    from workflow_scheduler.operations.reports.span import parse_since

    settings, now = app.settings, app.now()
    begin = parse_since(since, now, settings.timezone)
    return compose(app.database, app.home, begin, now, free_bytes=app.free_bytes, backups_kept=settings.backups_kept)
