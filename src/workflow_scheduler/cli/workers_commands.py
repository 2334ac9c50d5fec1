"""`scheduler workers …`: the machines that run tasks for this scheduler"""

from __future__ import annotations

from dataclasses import asdict

import click

from .context import answer, command_options, confirm_or_stop, empty, get_app
from .worker_commands import words_of

__all__ = ["workers_command"]


@click.group("workers")
def workers_command() -> None:
    """The other machines that run tasks of this scheduler.

    Example: scheduler workers list
    """


@workers_command.command("list")
@command_options
def list_() -> None:
    """List the workers, with their slots in use, their state and what is wrong with them.

    Example: scheduler workers list
    """
    from workflow_scheduler.operations.workers.show import worker_list

    app = get_app(absent=[])
    workers = worker_list(app.database, app.now())

    def show() -> None:
        from .render import table
        from .show_workers import HEADINGS, row_of

        advice = "Invite a machine: scheduler worker invite"
        table(HEADINGS, [row_of(worker, app.settings.timezone) for worker in workers], empty("workers", advice))

    answer(workers, show)


@workers_command.command("show")
@click.argument("name")
@command_options
def show_(name: str) -> None:
    """Show a worker: its machine, its state, and what runs there.

    Example: scheduler workers show worker_1
    """
    from workflow_scheduler.operations.workers.show import show_worker

    app = get_app()
    worker = show_worker(app.database, name, app.now())

    def show() -> None:
        from .show_workers import show_detail

        show_detail(worker, app.settings.timezone)

    answer(worker, show)


@workers_command.command("edit")
@click.argument("name")
@click.option("--labels", metavar="A,B", help="All of its labels from now on; '' for none.")
@click.option("--slots", type=int, help="How many tasks it runs at once.")
@command_options
def edit(name: str, labels: str | None, slots: int | None) -> None:
    """Change the labels or the slots of a worker. It need not be started again.

    Example: scheduler workers edit worker_1 --slots 8
    """
    from workflow_scheduler.operations.workers.change import edit_worker
    from workflow_scheduler.operations.workers.show import show_worker

    if labels is None and slots is None:
        raise click.UsageError("Say what to change: --labels, --slots or both.")
    app = get_app()
    edit_worker(app.changes, name, None if labels is None else words_of(labels), slots)
    worker = show_worker(app.database, name, app.now())
    shown = ", ".join(worker.labels) or "none"
    answer(worker, lambda: click.echo(f"{name} has {worker.slots} slots; labels: {shown}."))


@workers_command.command("drain")
@click.argument("name")
@command_options
def drain(name: str) -> None:
    """Give a worker nothing more. What runs there continues.

    Example: scheduler workers drain worker_1
    """
    from workflow_scheduler.operations.workers import change

    app = get_app()
    left = change.drain(app.changes, name)
    said = f"{name} gets nothing more; {left} {'attempt is' if left == 1 else 'attempts are'} still there."
    answer({"name": name, "state": "draining", "running": left}, lambda: click.echo(said))


@workers_command.command("resume")
@click.argument("name")
@command_options
def resume(name: str) -> None:
    """Give tasks to a draining worker again.

    Example: scheduler workers resume worker_1
    """
    from workflow_scheduler.operations.workers import change

    app = get_app()
    change.resume(app.changes, name)
    answer({"name": name, "state": "active"}, lambda: click.echo(f"{name} gets tasks again."))


@workers_command.command("remove")
@click.argument("name")
@click.option("--force", is_flag=True, help="Give up what runs there: the result is then unknown.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def remove(name: str, force: bool, yes: bool) -> None:
    """Remove a worker: its role in the database is dropped, and its process ends. Refused while something runs there.

    Example: scheduler workers remove worker_1 --yes
    """
    from workflow_scheduler.operations.workers import change

    app = get_app()
    if not yes:
        confirm_or_stop(f"Remove the worker {name}?")
    given_up, dropped = change.remove(app.changes, name, force=force)

    def show() -> None:
        click.echo(f"Removed {name}.")
        if given_up:
            click.echo(f"The result of {given_up} {'attempt' if given_up == 1 else 'attempts'} is unknown.")
        if not dropped:
            click.echo("Its role in PostgreSQL owns something and was kept; it cannot sign in any more.")

    answer({"name": name, "removed": True, "given_up": given_up, "role_dropped": dropped}, show)


@workers_command.command("doctor")
@command_options
def doctor() -> None:
    """In a worker's home, check that worker; in the scheduler's, all of its workers. Exit code 4 if there is a problem.

    Example: scheduler workers doctor
    """
    from workflow_scheduler.workers.membership import is_worker

    from .doctor_command import show_findings

    app = get_app(database=False)
    if is_worker(app.home):
        from workflow_scheduler.bootstrap.working import examine_here

        findings = list(examine_here(app))
    else:
        from workflow_scheduler.bootstrap import open_database
        from workflow_scheduler.operations.workers.doctor import examine_workers

        open_database(app, create=False)
        findings = list(examine_workers(app.database, app.now()))
    answer([asdict(finding) for finding in findings], lambda: show_findings(findings))
    if any(finding.state == "problem" for finding in findings):
        raise click.exceptions.Exit(4)
