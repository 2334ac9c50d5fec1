"""The options of commands that have the operating system start something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["installing", "whose"]

_F = TypeVar("_F", bound=Callable[..., Any])


def whose(function: _F) -> _F:
    """Of the whole machine or of this user; `system` is None where the rights decide."""
    function = click.option(
        "--system",
        "system",
        flag_value=True,
        type=bool,
        default=None,
        help="For the whole machine. Needs root or an administrator.",
    )(function)
    return click.option("--user", "system", flag_value=False, type=bool, help="Only for this user.")(function)


def installing(function: _F) -> _F:
    """The account to run as, and whether to print only."""
    function = click.option("--print", "print_", is_flag=True, help="Only print what would be installed.")(function)
    function = click.option("--password-stdin", is_flag=True, help="Read the account's password from standard input.")(
        function
    )
    return click.option(
        "--account",
        metavar="NAME",
        help="Windows, with --system: the account to run as (DOMAIN\\user; DOMAIN\\name$, a managed service account). Default: LocalSystem.",
    )(function)
