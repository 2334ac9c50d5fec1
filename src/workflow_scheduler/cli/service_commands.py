"""`scheduler service install|uninstall|status`"""

from __future__ import annotations

from dataclasses import asdict, replace

import click

from .context import answer, command_options, get_app
from .service_options import installing, whose

__all__ = ["service_command"]


@click.group("service", context_settings={"help_option_names": ["-h", "--help"]})
def service_command() -> None:
    """Let the operating system start the scheduler of a home.

    Linux: a systemd unit of this user or of the system. Windows: a service (as administrator), or a task at sign-in.

    Example: scheduler service install
    """


@service_command.command("install")
@whose
@installing
@click.option("--no-watchman", is_flag=True, help="Leave out what runs 'scheduler watchman' every five minutes.")
@command_options
def install_command(
    system: bool | None, account: str | None, password_stdin: bool, no_watchman: bool, print_: bool
) -> None:
    """Start the scheduler now and whenever the machine starts. Without --system or --user, your rights decide.

    The watchman is installed with it: every five minutes it looks whether the scheduler works, and tells if it does not.

    Example: scheduler service install --user --print
    """
    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.operations.home.grace import longest_grace
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.service.choice import choose, choose_watchman
    from workflow_scheduler.service.description import describe
    from workflow_scheduler.service.windows_account import Account, needs_password, parse_account
    from workflow_scheduler.system.long_paths import check_path_length

    from .user_commands import read_password

    app = get_app(database=not print_, create=True)
    who = None if account is None else Account(parse_account(account))
    check_path_length(app.home)
    if print_ and app.database.exists():
        app.database.open()
    service, grace = describe(app.home), longest_grace(app.database) if app.database.exists() else 0.0
    installer = choose(system, who, grace)
    watchman = None if no_watchman else choose_watchman(system if who is None else True)
    if print_:
        text = installer.definition(service)
        if watchman is not None:
            text = f"{text}\n{watchman.definition(service)}"
        answer({"name": service.name, "definition": text}, lambda: click.echo(text, nl=False))
        return
    if installer.status(service).installed:
        raise Refused(f"{service.name} is already installed. Check it with 'scheduler service status'.")
    if (found := running_scheduler(app.home)) is not None:
        raise Refused(f"The scheduler is already running (pid {found.pid}). Stop it first with 'scheduler stop'.")
    if who is not None and needs_password(who.name):
        given = read_password(password_stdin, confirm=False, text=f"Password of {who.name}")
        installer = choose(system, replace(who, password=given), grace)
    notes = installer.install(service)
    if watchman is not None:
        try:
            watchman.install(service)
        except Refused as error:
            notes.append(f"The watchman could not be installed: {error}")
    shape = {
        **asdict(installer.status(service)),
        "watchman": watchman is not None and watchman.installed(service),
        "home": str(app.home),
        "notes": notes,
    }

    def show() -> None:
        click.echo(f"Installed {service.name}; the scheduler of {app.home} is running.")
        for note in notes:
            click.echo(note)

    answer(shape, show)


@service_command.command("uninstall")
@whose
@command_options
def uninstall_command(system: bool | None) -> None:
    """Stop the scheduler and remove its service. Running scripts continue.

    Example: scheduler service uninstall
    """
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.operations.home.scheduler_process import stop_scheduler
    from workflow_scheduler.service.choice import choose, choose_watchman
    from workflow_scheduler.service.description import describe

    app = get_app(database=False)
    service = describe(app.home)
    choose(system).uninstall(service)
    choose_watchman(system).uninstall(service)
    if running_scheduler(app.home) is not None:
        app.database.open()
        stop_scheduler(app.changes, app.home, "leave", app.now)
    answer({"name": service.name, "installed": False}, lambda: click.echo(f"Removed {service.name}."))


@service_command.command("status")
@whose
@command_options
def status_command(system: bool | None) -> None:
    """Show whether the service of this home is installed and running.

    Example: scheduler service status
    """
    from workflow_scheduler.service.state import service_state

    app = get_app(database=False)
    state = service_state(app.home, system)

    def show() -> None:
        if state["installed"]:
            click.echo(f"{state['name']} is installed ({state['kind']}, {state['place']}).")
            click.echo(f"Starts automatically: {'yes' if state['enabled'] else 'no'}")
            click.echo(f"Watchman: {'every five minutes' if state['watchman'] else 'not installed'}")
        else:
            click.echo(
                f"The scheduler of {app.home} is not installed ({state['kind']}). Install it with: scheduler service install"
            )
        click.echo(f"Running: {'yes' if state['running'] else 'no'}")

    answer(state, show)
