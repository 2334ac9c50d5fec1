"""`scheduler user …`, `scheduler token …` and `scheduler audit`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .context import answer, command_options, confirm_or_stop, get_app, now

if TYPE_CHECKING:
    from workflow_scheduler.operations.access.accounts import Accounts

__all__ = ["audit_command", "read_password", "token_command", "user_command"]

_ROLES = click.Choice(["viewer", "operator", "author", "admin"])


def _accounts(*, create: bool = False, absent: list[object] | None = None) -> Accounts:
    from workflow_scheduler.operations.access.accounts import Accounts

    return Accounts(get_app(create=create, absent=absent).changes)


@click.group("user")
def user_command() -> None:
    """Users who may sign in to the web interface with a password. 'scheduler web' signs you in without one.

    Example: scheduler user add ada --role operator
    """


_LONGEST_LINE = 1000
"""The most characters read: more than any password may have, from an input that may never end."""


def read_password(from_stdin: bool, *, confirm: bool = True, text: str = "Password") -> str:
    """Read from standard input, or prompted for without an echo."""
    if from_stdin:
        return sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    try:
        given: str = click.prompt(text, hide_input=True, confirmation_prompt=confirm, err=True)
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        raise click.UsageError("Cannot ask for the password (no terminal). Pass --password-stdin.") from None
    return given


_stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@user_command.command()
@click.argument("name")
@click.option(
    "--role",
    type=_ROLES,
    default="viewer",
    show_default=True,
    help="What the user may do. Each role includes those before it.",
)
@_stdin_option
@command_options
def add(name: str, role: str, password_stdin: bool) -> None:
    """Add a user who may sign in to the web interface. The password must have at least 12 characters.

    Example: scheduler user add ada --role operator
    """
    from workflow_scheduler.operations.access.accounts import parse_role

    made = _accounts(create=True).add_user(name, parse_role(role), read_password(password_stdin), now())
    answer(made, lambda: click.echo(f"{name} may sign in, with the role {role}."))


@user_command.command("list")
@command_options
def list_() -> None:
    """List the users and their roles.

    Example: scheduler user list
    """
    users = _accounts(absent=[]).user_list()

    def show() -> None:
        from workflow_scheduler.operations.timestamps import iso

        from .render import table

        rows = [(user.name, user.role, iso(user.created_at)) for user in users]
        table(("user", "role", "made"), rows, "No users yet. Add one: scheduler user add NAME")

    answer(users, show)


@user_command.command()
@click.argument("name")
@_stdin_option
@command_options
def passwd(name: str, password_stdin: bool) -> None:
    """Change a user's password. Their sessions and the tokens they created end.

    Example: scheduler user passwd ada
    """
    changed = _accounts().change_user(name, password=read_password(password_stdin))

    def show() -> None:
        click.echo(f"{name} has a new password; existing sessions have ended.")
        if changed.ended_tokens:
            click.echo(f"Tokens of {name} that ended too: {', '.join(changed.ended_tokens)}.")

    answer(changed, show)


@user_command.command()
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(name: str, yes: bool) -> None:
    """Delete a user and the tokens they created.

    Example: scheduler user delete ada --yes
    """
    accounts = _accounts()
    if not yes:
        confirm_or_stop(f"Delete the user {name}?")
    accounts.delete_user(name)
    answer({"name": name, "deleted": True}, lambda: click.echo(f"Deleted {name}."))


@click.group("token")
def token_command() -> None:
    """Tokens: let programs use the API, as 'Authorization: Bearer TOKEN'.

    Example: scheduler token add ci --role operator
    """


@token_command.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer", show_default=True, help="What the program may do.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="Days until it expires.")
@command_options
def token_add(name: str, role: str, days: int) -> None:
    """Create a token and show it. It is shown only once.

    Example: scheduler token add ci --role operator --days 30
    """
    from workflow_scheduler.domain.account import OWNER
    from workflow_scheduler.operations.access.accounts import parse_role

    made = _accounts(create=True).add_token(name, parse_role(role), OWNER, now(), days)
    answer(made, lambda: click.echo(made.token))


@token_command.command("list")
@command_options
def token_list() -> None:
    """List the tokens without their secrets. No token has more rights than its creator has now.

    Example: scheduler token list
    """
    tokens = _accounts(absent=[]).token_list(now())

    def show() -> None:
        from workflow_scheduler.operations.timestamps import iso

        from .render import table

        rows = [(token.id, token.role_now or "none", token.created_by, iso(token.expires_at)) for token in tokens]
        table(("token", "role", "created by", "valid until"), rows, "No tokens yet. Add one: scheduler token add NAME")

    answer(tokens, show)


@token_command.command("delete")
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def token_delete(name: str, yes: bool) -> None:
    """Delete a token. It stops working, and so do the tokens created with it.

    Example: scheduler token delete ci --yes
    """
    accounts = _accounts()
    if not yes:
        confirm_or_stop(f"Delete the token {name}?")
    accounts.delete_token(name)
    answer({"id": name, "deleted": True}, lambda: click.echo(f"Deleted {name}."))


@click.command("audit")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Number of entries to show."
)
@command_options
def audit_command(limit: int) -> None:
    """Show who changed or ran what through the web interface and the API, newest first. Exit code 4 if the record was tampered with.

    Example: scheduler audit -n 100
    """
    from workflow_scheduler.domain.errors import Refused
    from workflow_scheduler.operations.access.audit import audit_list, first_broken
    from workflow_scheduler.operations.timestamps import iso

    app = get_app()
    entries, broken = audit_list(app.database, limit), first_broken(app.database)

    def show() -> None:
        from .render import table

        rows = [(iso(entry.at), entry.actor, entry.address, entry.action, entry.detail) for entry in entries]
        table(("when (UTC)", "who", "from", "what", ""), rows, "No changes through the web interface or the API yet.")

    answer({"entries": entries, "whole": broken is None}, show)
    if broken is not None:
        raise Refused(
            f"The record was tampered with: entry {broken.seq} of {iso(broken.at)} was changed, or an entry "
            "before it is missing. Compare it with a backup."
        )
