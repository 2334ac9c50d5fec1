"""The menu's actions on the home: web interface, health checks, and start at boot."""

from __future__ import annotations

import click

from workflow_scheduler.bootstrap import App
from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.operations.home.running import running_scheduler
from workflow_scheduler.operations.home.scheduler_process import start_scheduler, stop_scheduler

from . import show
from .announce import about_page
from .doctor_command import examine, show_findings
from .prompts import confirm
from .web_commands import open_in_browser, page_with_ticket

__all__ = ["checks", "open_web", "report", "start_at_boot"]


def open_web(app: App) -> None:
    if running_scheduler(app.home, app.database) is None:
        if not confirm("The scheduler is not running. Start it?", "yes"):
            click.echo("The web interface is available only while the scheduler is running.")
            return
        found = start_scheduler(app.home, database=app.database).scheduler
        click.echo(f"The scheduler is running in the background (pid {found.pid}). {about_page(found.page)}")
        show.echo_command("start")
    open_in_browser(app, *page_with_ticket(app))
    show.echo_command("web")


def checks(app: App) -> None:
    show_findings(examine(str(app.home)))
    show.echo_command("doctor")


def report(app: App) -> None:
    from workflow_scheduler.operations.reports.span import DEFAULT

    from .report_command import report_of
    from .show_report import show_report

    show_report(report_of(app, DEFAULT)[1])
    show.echo_command("report")


def start_at_boot(app: App) -> None:
    """Install the service that starts the scheduler; a running scheduler is handed over to it."""
    from workflow_scheduler.service.state import service_state

    from .service_commands import install_command, uninstall_command

    state = service_state(app.home)
    context = click.get_current_context()
    if state["installed"]:
        click.echo(f"The scheduler starts with the machine: {state['name']} ({state['kind']}, {state['place']}).")
        if confirm("Stop starting it with the machine?"):
            context.invoke(uninstall_command, system=None)
            show.echo_command("service", "uninstall")
        return
    click.echo(f"The scheduler of {app.home} does not start with the machine ({state['kind']}).")
    if not confirm("Start it now and whenever the machine starts?"):
        return
    was_running = running_scheduler(app.home, app.database) is not None
    if was_running:
        stop_scheduler(app.changes, app.home, "leave", app.now)
    try:
        context.invoke(install_command, system=None, account=None, password_stdin=False, print_=False)
    except SchedulerError:
        if was_running:
            start_scheduler(app.home, database=app.database)
        raise
    show.echo_command("service", "install")
