"""`scheduler worker …`: what is done on the worker's machine, and the invitation that leads there"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import click

from .context import answer, as_json, command_options, get_app, warn
from .service_options import installing, whose

__all__ = ["worker_command"]


@click.group("worker")
def worker_command() -> None:
    """Make another machine run tasks: invite it on the scheduler's, join and start on its own. Needs PostgreSQL.

    Example: scheduler worker start
    """


@worker_command.command("start")
@click.option("--labels", metavar="A,B", help="Take only tasks for these of its labels. Default: for all of them.")
@click.option("--slots", type=int, metavar="N", help="Run at most N tasks at once. Default: as many as it may.")
@command_options
def start(labels: str | None, slots: int | None) -> None:
    """Be the worker of this home until Ctrl-C; running commands continue. For terminals, services and containers.

    Example: scheduler worker start --labels windows
    """
    from workflow_scheduler.bootstrap.working import work
    from workflow_scheduler.domain.placement import Share
    from workflow_scheduler.operations.workers.invite import check_labels, check_slots

    app = get_app(database=False)
    as_json_ = as_json()
    warn(app.unknown_settings())

    def announce(terms: Mapping[str, Any]) -> None:
        if as_json_:
            click.echo(json.dumps({"running": True, "pid": os.getpid(), "home": str(app.home), **terms}))
        else:
            labels = f", labels {', '.join(terms['labels'])}" if terms["labels"] else ""
            click.echo(f"The worker {terms['name']} is running (pid {os.getpid()}): {terms['slots']} slots{labels}.")
            click.echo("Ctrl-C ends it; running commands continue.")

    share = Share(
        None if labels is None else check_labels(words_of(labels)), None if slots is None else check_slots(slots)
    )
    work(app, announce, share)


@worker_command.command("stop")
@click.option("--shutdown", is_flag=True, hidden=True, help="Internal: the machine shuts down.")
@command_options
def stop(shutdown: bool) -> None:
    """Stop the worker of this home; running commands continue, and its next start finds them.

    Example: scheduler worker stop
    """
    from workflow_scheduler.workers.process import ask_to_stop

    app = get_app(database=False)
    found = ask_to_stop(app.home, "shutdown" if shutdown else "leave")
    shape = {"running": False, "pid": found.pid, "home": str(app.home)}
    answer(shape, lambda: click.echo("The worker has stopped. Running commands continue."))


@worker_command.command("invite")
@click.option("--name", metavar="ID", help="The worker's ID. Default: worker_1, worker_2, …")
@click.option("--labels", metavar="A,B", help="What tasks may ask for, such as windows,sap.")
@click.option("--slots", type=int, default=5, show_default=True, help="How many tasks it runs at once.")
@click.option("--expires", default="1h", show_default=True, help="How long the invitation can be used.")
@click.option(
    "--address",
    metavar="HOST[:PORT]",
    help="Where the other machine finds the PostgreSQL server. Default: as DB_URL says.",
)
@command_options
def invite(name: str | None, labels: str | None, slots: int, expires: str, address: str | None) -> None:
    """Invite another machine to run tasks. Prints the one line to type there, which works once.

    Example: scheduler worker invite --labels windows,sap
    """
    from datetime import timedelta

    from workflow_scheduler.domain.durations import parse_duration
    from workflow_scheduler.operations.workers import invite as invitations

    from .render import local_time

    app = get_app()
    made = invitations.invite(
        app.changes,
        app.settings.db_url,
        app.home,
        app.now(),
        name=name,
        labels=words_of(labels),
        slots=slots,
        lasts=timedelta(seconds=parse_duration(expires, "time until the invitation expires")),
        address=address,
    )
    warn(made.warnings)

    def show() -> None:
        expires_at = local_time(made.expires_at, app.settings.timezone)
        click.echo(
            f"Invited {made.name} until {expires_at}. Type this on the other machine, in an empty folder:", err=True
        )
        click.echo(f"scheduler worker join {made.token}")

    answer(made, show)


def words_of(text: str | None) -> list[str]:
    """The words between commas."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


@worker_command.command("join")
@click.argument("token")
@command_options
def join(token: str) -> None:
    """Make this folder the home of a worker, with the token of 'scheduler worker invite'. It works once.

    Example: scheduler worker join TOKEN
    """
    from workflow_scheduler.domain.worker_token import read_token
    from workflow_scheduler.workers import joining

    found = read_token(token)
    app = get_app(database=False)
    joined = joining.join(app.home, found, app.now())

    def show() -> None:
        click.echo(f"{app.home} is the home of the worker {joined.name} now.")
        click.echo("Start it: scheduler worker start")
        click.echo("Have the operating system start it: scheduler worker install")

    if joined.secured == "plain" and not as_json():
        warn(["The connection to the database is not encrypted."])
    answer({"name": joined.name, "home": str(app.home), "connection": joined.secured}, show)


@worker_command.command("install")
@whose
@installing
@command_options
def install(system: bool | None, account: str | None, password_stdin: bool, print_: bool) -> None:
    """Start the worker of this home now and whenever the machine starts. Without --system or --user, your rights decide.

    Example: scheduler worker install --user --print
    """
    from dataclasses import asdict, replace

    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.service.choice import choose
    from workflow_scheduler.service.description import describe, worker_of
    from workflow_scheduler.service.windows_account import Account, needs_password, parse_account
    from workflow_scheduler.workers.membership import read_membership
    from workflow_scheduler.workers.process import running_worker

    from .user_commands import read_password

    app = get_app(database=False)
    member = read_membership(app.home)
    who = None if account is None else Account(parse_account(account))
    service, installer = worker_of(describe(app.home)), choose(system, who)
    if print_:
        text = installer.definition(service)
        answer({"name": service.name, "definition": text}, lambda: click.echo(text, nl=False))
        return
    if installer.status(service).installed:
        raise Refused(f"{service.name} is already installed; remove it first with 'scheduler worker uninstall'.")
    if (found := running_worker(app.home)) is not None:
        raise Refused(f"The worker is already running (pid {found.pid}). Stop it first with 'scheduler worker stop'.")
    if who is not None and needs_password(who.name):
        given = read_password(password_stdin, confirm=False, text=f"Password of {who.name}")
        installer = choose(system, replace(who, password=given))
    notes = installer.install(service)

    def show() -> None:
        click.echo(f"Installed {service.name}; the worker {member.name} is running.")
        for note in notes:
            click.echo(note)

    answer({**asdict(installer.status(service)), "home": str(app.home), "notes": notes}, show)


@worker_command.command("uninstall")
@whose
@command_options
def uninstall(system: bool | None) -> None:
    """Stop the worker of this home and remove its service. Running commands continue.

    Example: scheduler worker uninstall
    """
    from workflow_scheduler.service.choice import choose
    from workflow_scheduler.service.description import describe, worker_of

    app = get_app(database=False)
    service = worker_of(describe(app.home))
    choose(system).uninstall(service)
    answer({"name": service.name, "installed": False}, lambda: click.echo(f"Removed {service.name}."))
