"""`scheduler secret …`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from .context import answer, command_options, confirm_or_stop, get_app, home_of, now

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.transactions import Database

__all__ = ["secret_command"]

_MOST = 1 << 20
"""Bytes read from standard input, which may never end."""


@click.group("secret")
def secret_command() -> None:
    """Secrets for tasks. A workflow names where each is kept; definitions, logs and backups never contain the value.

    Example: scheduler secret set shop/api
    """


@secret_command.command("set")
@click.argument("name")
@command_options
def set_(name: str) -> None:
    """Store a secret in this home, or replace it. The value is asked for, or read from standard input.

    Example: scheduler secret set shop/api < key.txt
    """
    from workflow_scheduler.domain.secrets import check_store_name
    from workflow_scheduler.operations.access.secrets import set_secret

    check_store_name(name)
    app = _home(create=True)
    value = _read_value()
    if sys.platform == "win32" and (asked := _ask(app, "POST", "/api/v1/secrets", _body(name, value))) is not None:
        # DPAPI: only the account that encrypted it can decrypt it.
        sealed = asked["sealed"]
    else:
        sealed = set_secret(_audited(app), app.home, name, value)

    def show() -> None:
        how = "readable only by your account" if sealed == "plain" else f"encrypted by {sealed}"
        click.echo(f"Stored {name}, {how}. Use it in a workflow: secrets: {{NAME: store:{name}}}")

    answer({"name": name, "sealed": sealed}, show)


def _body(name: str, value: bytes) -> dict[str, str]:
    try:
        return {"name": name, "value": value.decode()}
    except UnicodeDecodeError:
        raise click.UsageError("The secret is not UTF-8 text; use file:PATH for binary secrets.") from None


def _read_value() -> bytes:
    """The value without the end of its last line."""
    if not sys.stdin.isatty():
        data = sys.stdin.buffer.read(_MOST)
        return data.removesuffix(b"\n").removesuffix(b"\r")
    given: str = click.prompt("Value", hide_input=True, confirmation_prompt=True, err=True)
    return given.encode()


@secret_command.command("list")
@command_options
def list_() -> None:
    """List the secrets that this home keeps and those that workflows name. Values are never shown.

    Example: scheduler secret list
    """
    from workflow_scheduler.operations.access.secrets import secret_list
    from workflow_scheduler.workers.membership import is_worker

    app = _home(absent=[])
    secrets = secret_list(None if is_worker(app.home) else app.database, app.home)

    def show() -> None:
        from workflow_scheduler.operations.timestamps import iso

        from .render import table

        rows = [
            (
                secret.reference,
                ", ".join(secret.used_by) or "-",
                "not set" if secret.sealed == "" else secret.sealed or "-",
                iso(secret.set_at) if secret.set_at else "-",
                iso(secret.read_at) if secret.read_at else "-",
            )
            for secret in secrets
        ]
        table(
            ("secret", "used by", "encrypted by", "set", "last read"),
            rows,
            "No secrets yet. Set one: scheduler secret set NAME",
        )

    answer(secrets, show)


@secret_command.command()
@click.argument("name")
@command_options
def test(name: str) -> None:
    """Check that the running scheduler can read a secret: one of this home, or a reference such as env:NAME.

    Shows its length and a mark that is the same for the same value, never the value.

    Example: scheduler secret test shop/api
    """
    from workflow_scheduler.operations.access.secret import home_secret
    from workflow_scheduler.operations.access.secrets import check_secret
    from workflow_scheduler.operations.rows import plain

    app = _home()
    found: Any = _ask(app, "POST", "/api/v1/secrets/test", {"reference": name})
    by = "the scheduler" if found is not None else "this command; the scheduler could not be asked"
    found = found or plain(check_secret(app.home, home_secret(app.home), name))

    def show() -> None:
        click.echo(f"{found['reference']}: {found['bytes']} bytes, mark {found['mark']} (read by {by})")
        if found["bytes"] < _SHORTEST:
            click.echo(f"It has fewer than {_SHORTEST} bytes and will not be masked in output.", err=True)

    answer({**found, "read_by_scheduler": by == "the scheduler"}, show)


_SHORTEST = 6


@secret_command.command()
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(name: str, yes: bool) -> None:
    """Delete a secret of this home. Tasks that name it fail from then on.

    Example: scheduler secret delete shop/api --yes
    """
    from workflow_scheduler.operations.access.secrets import remove_secret

    app = _home()
    if not yes:
        confirm_or_stop(f"Delete the secret {name}?")
    remove_secret(_audited(app), app.home, name)
    answer({"name": name, "deleted": True}, lambda: click.echo(f"Deleted {name}."))


def _home(**how: Any) -> App:
    """The home, which may be a worker's: that has secrets, and no database of its own."""
    from workflow_scheduler.settings import find_home
    from workflow_scheduler.workers.membership import is_worker

    return get_app(database=False) if is_worker(find_home(home_of())) else get_app(**how)


def _audited(app: App) -> Database | None:
    from workflow_scheduler.workers.membership import is_worker

    return None if is_worker(app.home) else app.changes


def _ask(app: App, method: str, path: str, body: Any) -> Any:
    """The running scheduler's answer; None if none runs, or only without its web interface."""
    from workflow_scheduler.operations.home.local_api import ask_scheduler, can_be_asked
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.workers.membership import is_worker

    if is_worker(app.home):
        return None
    found = running_scheduler(app.home, app.database)
    return ask_scheduler(found, app.database, now(), method, path, body) if found and can_be_asked(found) else None
