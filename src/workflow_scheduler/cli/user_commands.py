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
    """Who may sign in to the page with a password. 'scheduler web' signs you in without one.

    Example: scheduler user add ada --role operator
    """


_LONGEST_LINE = 1000
"""Characters: more than any password may have, of an input that may never end."""


def read_password(from_stdin: bool, *, confirm: bool = True, text: str = "Password") -> str:
    """From standard input, or asked for without an echo."""
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
@click.option("--role", type=_ROLES, default="viewer", show_default=True, help="Each may do what those before it may.")
@_stdin_option
@command_options
def add(name: str, role: str, password_stdin: bool) -> None:
    """Let somebody sign in to the page. The password has 12 characters or more.

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
    """Give a user another password. Their sessions end, and the tokens that they made.

    Example: scheduler user passwd ada
    """
    changed = _accounts().change_user(name, password=read_password(password_stdin))

    def show() -> None:
        click.echo(f"{name} has a new password; sessions with the old one have ended.")
        if changed.ended_tokens:
            click.echo(f"These tokens of {name} ended too: {', '.join(changed.ended_tokens)}.")

    answer(changed, show)


@user_command.command()
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def delete(name: str, yes: bool) -> None:
    """Delete a user, with the tokens that they made.

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
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long it is valid.")
@command_options
def token_add(name: str, role: str, days: int) -> None:
    """Make a token, and show it, this once.

    Example: scheduler token add ci --role operator --days 30
    """
    from workflow_scheduler.domain.account import OWNER
    from workflow_scheduler.operations.access.accounts import parse_role

    made = _accounts(create=True).add_token(name, parse_role(role), OWNER, now(), days)
    answer(made, lambda: click.echo(made.token))


@token_command.command("list")
@command_options
def token_list() -> None:
    """List the tokens, without their texts. None may do more than the user who made it may do now.

    Example: scheduler token list
    """
    tokens = _accounts(absent=[]).token_list(now())

    def show() -> None:
        from workflow_scheduler.operations.timestamps import iso

        from .render import table

        rows = [(token.id, token.role_now or "none", token.created_by, iso(token.expires_at)) for token in tokens]
        table(("token", "role", "made by", "valid until"), rows, "No tokens yet. Make one: scheduler token add NAME")

    answer(tokens, show)


@token_command.command("delete")
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@command_options
def token_delete(name: str, yes: bool) -> None:
    """Delete a token: it stops working, and so does what was made with it.

    Example: scheduler token delete ci --yes
    """
    accounts = _accounts()
    if not yes:
        confirm_or_stop(f"Delete the token {name}?")
    accounts.delete_token(name)
    answer({"id": name, "deleted": True}, lambda: click.echo(f"Deleted {name}."))


@click.command("audit")
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@command_options
def audit_command(limit: int) -> None:
    """Show who changed or ran what through the page, newest first. Exit code 4 if the record was tampered with.

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
        table(("when (UTC)", "who", "from", "what", ""), rows, "Nothing was changed through the page yet.")

    answer({"entries": entries, "whole": broken is None}, show)
    if broken is not None:
        raise Refused(
            f"The record was tampered with: entry {broken.seq} of {iso(broken.at)} is not as it was written, or one "
            "before it is missing; compare it with a backup."
        )
