"""`scheduler worker …`: what is done on the worker's machine, and the invitation that leads there"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import click

from .context import answer, as_json, command_options, get_app, warn

__all__ = ["worker_command"]


@click.group("worker")
def worker_command() -> None:
    """Make another machine run tasks: invite it on the scheduler's, join and start on its own. Needs PostgreSQL.

    Example: scheduler worker start
    """


@worker_command.command("start")
@command_options
def start() -> None:
    """Be the worker of this home until Ctrl-C; running commands continue. For terminals, services and containers.

    Example: scheduler worker start
    """
    from workflow_scheduler.bootstrap.working import work

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

    work(app, announce)


@worker_command.command("stop")
@click.option("--shutdown", is_flag=True, hidden=True, help="Internal: the machine shuts down.")
@command_options
def stop(shutdown: bool) -> None:
    """Stop the worker of this home; running commands continue, and its next start finds them.

    Example: scheduler worker stop
    """
    from workflow_scheduler.workers.stop_request import ask_to_stop

    app = get_app(database=False)
    found = ask_to_stop(app.home, "shutdown" if shutdown else "leave")
    shape = {"running": False, "pid": found.pid, "home": str(app.home)}
    answer(shape, lambda: click.echo("The worker has stopped. Running commands continue."))
