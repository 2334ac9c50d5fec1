"""Questions of the menu: each shows its default, Enter accepts it, and a bad answer is asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO, TypeVar

import click

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError

__all__ = ["Back", "BoundedLines", "ask", "ask_choice", "ask_text", "confirm", "parse_yes"]

_T = TypeVar("_T")
_LONGEST = 100_000
"""Characters of an answer: longer than any that makes sense, so that an input without line ends takes no memory."""


class Back(Exception):
    """The person typed `b`: leave this action, nothing is changed."""


class BoundedLines:
    """An input that is no terminal, as `input()` reads it: line by line, and no line without end."""

    def __init__(self, source: TextIO) -> None:
        self._source = source

    def readline(self) -> str:
        """InvalidInput if the line is too long."""
        line = self._source.readline(_LONGEST)
        if len(line) == _LONGEST:
            raise InvalidInput(f"An answer has {_LONGEST:,} characters or more; the input is not one for the menu.")
        return line

    def isatty(self) -> bool:
        return False


def ask(text: str, default: str, parse: Callable[[str], _T], *, shown: str | None = None) -> _T:
    """Ask until `parse` accepts the answer. `shown` is how the default looks, `'default'` if it is left out."""
    prompt = f"{text} [default: {shown if shown is not None else repr(default)}]"
    while True:
        answer = str(click.prompt(prompt, default=default, show_default=False)).strip()
        if answer == "b":
            raise Back
        try:
            return parse(answer)
        except SchedulerError as error:
            click.echo(click.style(f"  {error}", fg="yellow"))


def ask_text(text: str, default: str | None, check: Callable[[str], object] = lambda _: None) -> str | None:
    """Ask for a text that may be left out: no default shows as `none`, and `-` clears it."""

    def parse(answer: str) -> str | None:
        if answer in ("", "-"):
            return None
        check(answer)
        return answer

    return ask(text, default or "", parse, shown=None if default else "none")


def ask_choice(text: str, choices: Sequence[str], default: str) -> str:
    """Ask for one of the words; its beginning is enough where that is unique."""

    def parse(answer: str) -> str:
        found = [one for one in choices if one == answer] or [one for one in choices if one.startswith(answer.lower())]
        if not answer or len(found) != 1:
            raise InvalidInput(f"{answer!r} is not one of: {', '.join(choices)}.")
        return found[0]

    return ask(text, default, parse)


def parse_yes(answer: str) -> bool:
    """Yes or no, in full or by the first letter."""
    if answer.lower() in ("y", "yes", "true", "1"):
        return True
    if answer.lower() in ("n", "no", "false", "0"):
        return False
    raise InvalidInput(f"{answer!r} is neither yes nor no.")


def confirm(text: str) -> bool:
    """Ask before something is deleted; only a clear yes counts."""
    return ask(text, "no", parse_yes)
