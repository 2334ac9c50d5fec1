"""What every command shares: the home, the answer as JSON or for people, and identifiers that complete."""

from __future__ import annotations

import functools
import io
import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App

__all__ = [
    "answer",
    "app_to_apply",
    "as_json",
    "command_options",
    "confirm_or_stop",
    "empty",
    "get_app",
    "home_of",
    "now",
    "own_command",
    "warn",
    "what_is_done",
    "workflow_argument",
]

_F = TypeVar("_F", bound=Callable[..., Any])
_NUMBERS = re.compile(r"\[\s+(?:-?\d+,\s+)*-?\d+\s+\]")


def command_options(function: _F) -> _F:
    """Add `--json` and `--home`, which every command has."""
    function = click.option(
        "--json", "as_json_", is_flag=True, expose_value=False, callback=_remember_json, help="Answer as JSON."
    )(function)
    return click.option(
        "--home",
        metavar="DIR",
        expose_value=False,
        callback=_remember_home,
        help="The home: the folder of this scheduler.",
    )(function)


def _remember_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.meta["scheduler.json"] = value


def _remember_home(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.find_root().obj.home = value


def as_json() -> bool:
    """Whether this command answers as JSON."""
    return bool(click.get_current_context().meta.get("scheduler.json"))


def home_of(ctx: click.Context | None = None) -> str | None:
    home: str | None = (ctx or click.get_current_context()).find_root().obj.home
    return home


def own_command(*words: str) -> str:
    """A command line to paste, for the same home as this command."""
    from .shell_words import pasteable_line

    home = home_of()
    return pasteable_line(["scheduler", *(["--home", home] if home else []), *words])


def get_app(*, database: bool = True, create: bool = False, absent: list[object] | None = None) -> App:
    """The home of this command, open until the command ends; with its database unless `database` is False.

    `create`: create a missing home; only for commands that create something. `absent`: what a list answers
    without a home, besides the message; without it, a missing home is an error.
    """
    from workflow_scheduler.bootstrap import open_app
    from workflow_scheduler.operations.home.presence import NoHome
    from workflow_scheduler.settings import find_home

    ctx = click.get_current_context()
    try:
        app = open_app(home_of(ctx), database=database, create=create, doing=what_is_done)
    except NoHome as error:
        if absent is None:
            raise
        click.echo(f"{error} (Looked in {find_home(home_of(ctx))}.)", err=as_json())
        answer(absent, lambda: None)
        raise click.exceptions.Exit(0) from None
    ctx.call_on_close(app.close)
    if app.notes:
        click.echo(app.notes, err=True)
    return app


def app_to_apply(*, dry_run: bool) -> App:
    """The home to which files are applied, created if it is missing; a dry run creates nothing."""
    app = get_app(database=False)
    return app if dry_run and not app.database.exists() else get_app(create=True)


def what_is_done() -> tuple[str, str]:
    """The command and its arguments, without options, which may hold secrets."""
    ctx = click.get_current_context()
    values = [ctx.params.get(param.name or "") for param in ctx.command.params if isinstance(param, click.Argument)]
    return ctx.command_path, " ".join(str(value) for value in values if isinstance(value, str))[:2000]


def now() -> Any:
    from workflow_scheduler.bootstrap import App

    return App.now()


def empty(what: str, advice: str) -> str:
    """The message of an empty list."""
    from workflow_scheduler.settings import find_home

    return f"No {what} in {find_home(home_of())} yet. {advice}"


def answer(shape: Any, show: Callable[[], None]) -> None:
    """With `--json`, print the shape (its parts may be rows); otherwise call `show`, which prints for people."""
    if as_json():
        from workflow_scheduler.operations.rows import plain_parts

        # A Windows pipe is not UTF-8; ASCII is the same in every code page.
        readable = sys.stdout.encoding.lower() == "utf-8"
        text = io.StringIO()  # `dumps` keeps a list of all its parts, which takes several times the room
        json.dump(plain_parts(shape), text, indent=2, ensure_ascii=not readable)
        # Lists of numbers on one line. JSON strings contain no line ends, so they cannot match.
        one_line = _NUMBERS.sub(
            lambda match: " ".join(match[0].split()).replace("[ ", "[").replace(" ]", "]"), text.getvalue()
        )
        click.echo(one_line)
    else:
        show()


def warn(sentences: Iterable[str]) -> None:
    """Print likely mistakes to standard error; with `--json` they are part of the answer."""
    for sentence in () if as_json() else sentences:
        click.echo(f"{click.style('Warning:', fg='yellow')} {sentence}", err=True)


def confirm_or_stop(question: str) -> None:
    """Ask before something is deleted or replaced. Without a terminal, `--yes` is required."""
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort as error:
        # isatty() does not help: on Windows, NUL claims to be a terminal.
        if isinstance(error.__context__, KeyboardInterrupt):
            raise
        raise click.UsageError("Cannot ask for confirmation (no terminal). Pass --yes to continue.") from None
    if not agreed:
        click.echo("Nothing was changed.", err=True)
        raise click.exceptions.Exit(1)


workflow_argument = functools.partial(click.argument, "workflow")
