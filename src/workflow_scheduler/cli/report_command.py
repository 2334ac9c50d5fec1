"""`scheduler report`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .context import answer, command_options, get_app

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.domain.outline import Outline
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
@click.option("--send", metavar="CHANNEL", multiple=True, help="Also send it to this channel now; may be repeated.")
@command_options
def report_command(since: str, send: tuple[str, ...]) -> None:
    """Say on one screen what became of every due time, worst first, and what comes next.

    Example: scheduler report --since 12h --send ops
    """
    from workflow_scheduler.operations.rows import plain

    app = get_app()
    found, outline = report_of(app, since)
    if send:
        from workflow_scheduler.operations.home.running import running_scheduler
        from workflow_scheduler.operations.notifications.change import send_report

        page = (running := running_scheduler(app.home, app.database)) and running.page
        link = str((page or {}).get("address") or "")
        send_report(app.notify_plan(), send, outline, app.home, found.until, link)

    def show() -> None:
        from .show_report import show_report

        show_report(outline)
        if send:
            click.echo(f"\nThe report was delivered to {', '.join(send)}.")

    answer(plain(found), show)


def report_of(app: App, since: str) -> tuple[Report, Outline]:
    """The report of the home since that time, as a person writes it, and its outline."""
    from workflow_scheduler.operations.reports.outline import outline
    from workflow_scheduler.operations.reports.span import parse_since

    now, timezone = app.now(), app.settings.timezone
    found = app.report(parse_since(since, now, timezone), now)
    return found, outline(found, timezone)
