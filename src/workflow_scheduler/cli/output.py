"""What scripts wrote, as text that is safe to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.executors.decoding import decode
from workflow_scheduler.regular_file import read_regular

from .render import plain

__all__ = ["print_output", "read_output"]

MOST = 64_000_000
"""Bytes. A stream is kept in much less; something that is endless was put there."""


def read_output(
    run: dict[str, Any], task_id: str | None, number: int | None, streams: Sequence[str]
) -> list[dict[str, Any]]:
    """The text of each stream of the last attempt (or of the given one) of each task."""
    tasks = [task for task in run["tasks"] if task_id in (None, task["id"])]
    if not tasks:
        known = ", ".join(task["id"] for task in run["tasks"])
        raise NotFound(f"The run has no task {task_id!r}; there are: {known}.")
    parts = []
    for task in tasks:
        attempts = [one for one in task["attempts"] if number in (None, one["number"])]
        for stream in streams if attempts else ():
            path = Path(attempts[-1][stream])
            text, trouble = _read(path)
            parts.append(
                {
                    "task": task["id"],
                    "attempt": attempts[-1]["number"],
                    "stream": stream,
                    "path": str(path),
                    "text": text,
                    "trouble": trouble,
                }
            )
    return parts


def _read(path: Path) -> tuple[str, str]:
    """What is in the file, and why nothing can be shown."""
    try:
        return decode(read_regular(path, MOST)), ""
    except FileNotFoundError:
        return "", ""
    except OSError as error:
        return "", f"{path} {error.strerror}"


def print_output(parts: Sequence[dict[str, Any]]) -> None:
    """Each part under its heading; control characters other than line ends and tabs are spelled out."""
    for part in parts:
        if part["trouble"]:
            click.echo(f"Not shown: {plain(part['trouble'])}.", err=True)
        if part["text"]:
            click.echo(click.style(f"--- {part['task']} attempt {part['attempt']} {part['stream']}", bold=True))
            click.echo(_harmless(part["text"]).rstrip("\n"))
    if not any(part["text"] or part["trouble"] for part in parts):
        click.echo("Nothing was written.")


def _harmless(text: str) -> str:
    return "".join(
        char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text.replace("\r\n", "\n")
    )
