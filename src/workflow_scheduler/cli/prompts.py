"""Questions of the menu: each shows its default, Enter accepts it, and a bad answer is asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO, TypeVar

import click

from workflow_scheduler.domain.errors import InvalidInput, SchedulerError
from workflow_scheduler.domain.numbers import parse_count

__all__ = [
    "Back",
    "BoundedLines",
    "ask",
    "ask_choice",
    "ask_text",
    "chosen",
    "confirm",
    "is_interrupt",
    "parse_yes",
]

_T = TypeVar("_T")
_LONGEST = 100_000
"""The most characters of an answer, so that an input without line ends cannot fill the memory."""


class Back(Exception):
    """The user typed `b` or pressed Ctrl-C: leave this action without changes."""


class BoundedLines:
    """Input that is not a terminal, read as by `input()`: line by line, with a limit on the length."""

    def __init__(self, source: TextIO) -> None:
        self._source = source

    def readline(self) -> str:
        """InvalidInput if the line is too long."""
        line = self._source.readline(_LONGEST)
        if len(line) == _LONGEST:
            raise InvalidInput(
                f"An answer has {_LONGEST:,} characters or more. Pipe one short answer per line into the menu."
            )
        return line

    def isatty(self) -> bool:
        return False


def ask(text: str, default: str, parse: Callable[[str], _T], *, shown: str | None = None) -> _T:
    """Ask until `parse` accepts the answer. `shown` is the displayed default; without it, the quoted default."""
    prompt = f"{text} [default: {shown if shown is not None else repr(default)}]"
    while True:
        try:
            answer = str(click.prompt(prompt, default=default, show_default=False)).strip()
        except click.Abort as error:
            if not is_interrupt(error):
                raise
            click.echo()
            raise Back from None
        if answer == "b":
            raise Back
        try:
            return parse(answer)
        except SchedulerError as error:
            click.echo(click.style(f"  {error}", fg="yellow"))


def is_interrupt(error: click.Abort) -> bool:
    """Whether the cause was Ctrl-C rather than the end of the input."""
    return isinstance(error.__context__, KeyboardInterrupt)


def chosen(answer: str, names: Sequence[str]) -> str | None:
    """The name chosen by itself or by its number in the shown list; None if it does not exist."""
    if answer in names:
        return answer
    number = parse_count(answer)
    return names[number - 1] if number is not None and 1 <= number <= len(names) else None


def ask_text(text: str, default: str | None, check: Callable[[str], object] = lambda _: None) -> str | None:
    """Ask for an optional text: a missing default is shown as `none`, and `-` clears the value."""

    def parse(answer: str) -> str | None:
        if answer in ("", "-"):
            return None
        check(answer)
        return answer

    return ask(text, default or "", parse, shown=None if default else "none")


def ask_choice(text: str, choices: Sequence[str], default: str) -> str:
    """Ask for one of the words; a unique beginning is enough."""

    def parse(answer: str) -> str:
        found = [choice for choice in choices if choice == answer] or [
            choice for choice in choices if choice.startswith(answer.lower())
        ]
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


def confirm(text: str, default: str = "no") -> bool:
    """Ask before something is deleted or started."""
    return ask(text, default, parse_yes)
