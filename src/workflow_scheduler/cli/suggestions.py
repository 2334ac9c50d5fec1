"""Suggests what was probably meant by an unknown command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

import click

__all__ = ["sentence_for"]

_MOST = 5
_NAME = re.compile(r"'(.*)'", re.DOTALL)
_SYNONYMS = {
    "ls": "list",
    "dir": "list",
    "rm": "delete",
    "del": "delete",
    "remove": "delete",
    "new": "create",
    "mv": "rename",
    "cp": "copy",
    "get": "show",
    "info": "show",
    "describe": "show",
    "cat": "show",
    "output": "logs",
    "tail": "log",
    "check": "validate",
    "ps": "runs",
    "history": "runs",
    "jobs": "runs",
    "kill": "cancel",
    "rerun": "retry",
    "exec": "run",
    "trigger": "run",
    "cron": "schedule",
    "daemon": "serve",
    "up": "start",
    "down": "stop",
    "ui": "web",
    "gui": "web",
    "dashboard": "web",
    "health": "doctor",
    "password": "passwd",
}
"""Names from other tools."""


def sentence_for(error: click.UsageError) -> str | None:
    """For an unknown command, the error and a suggestion; None for other mistakes."""
    context = error.ctx
    # Matched by its text: click has a class for this error only since 8.4.
    if context is None or not isinstance(context.command, click.Group) or "No such command" not in error.message:
        return None
    match = _NAME.search(error.message)
    name = match[1] if match else ""
    meant = list(dict.fromkeys(_meant(context, context.command, name)))[:_MOST]
    if not meant:
        return f"No such command {name[:60]!r}."
    *others, last = (f"'{words}'" for words in meant)
    either = f"{', '.join(others)} or {last}" if others else last
    return f"No such command {name[:60]!r}. Did you mean {either}?"


def _meant(context: click.Context, group: click.Group, name: str) -> Iterator[str]:
    """The most likely first: from this group, then from others with their group's name."""
    own = group.list_commands(context)
    root = context.find_root().command
    names = [word for word in (name.lower(), _SYNONYMS.get(name.lower())) if word]
    if here := [word for word in names if word in own]:
        yield from here
        return
    below = list(_below(root, context)) if isinstance(root, click.Group) else []
    elsewhere = list(_verbs(names, below))
    close = get_close_matches(name[:60], own, _MOST, 0.8 if elsewhere else 0.6)
    if group is root:
        yield from elsewhere
        yield from close
        yield from _verbs(get_close_matches(name[:60], [verb for _, verb in below], _MOST, 0.75), below)
    else:
        yield from close
        others = root.list_commands(context) if isinstance(root, click.Group) else []
        yield from (f"scheduler {word}" for word in names if word in others)
        yield from (f"scheduler {words}" for words in elsewhere)


def _verbs(names: Sequence[str], below: Sequence[tuple[str, str]]) -> Iterator[str]:
    return (f"{noun} {verb}" for name in names for noun, verb in below if verb == name)


def _below(root: click.Group, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each group of the program with its commands."""
    for noun in root.list_commands(context):
        group = root.get_command(context, noun)
        if isinstance(group, click.Group):
            yield from ((noun, verb) for verb in group.list_commands(context))
