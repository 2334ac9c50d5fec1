"""What scripts wrote, as text that is safe to look at."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.executors.output_lines import Line, Output, read_output
from workflow_scheduler.executors.screen import Screen

from .render import local_time, plain

__all__ = ["Written", "as_lines", "as_parts", "last_words", "output_of", "print_output"]

MOST_WORDS = 10
"""Lines of a failed task that are shown with its run."""
_WORDS_BYTES = 8192
_WORDS_WIDTH = 500
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """What one attempt wrote."""

    task: str
    attempt: int
    paths: dict[str, str]
    output: Output


def output_of(
    run: Mapping[str, Any], task_id: str | None, number: int | None, streams: Sequence[str], *, times: bool = False
) -> list[Written]:
    """What the last attempt (or the given one) of each task wrote to these streams."""
    tasks = [task for task in run["tasks"] if task_id in (None, task["id"])]
    if not tasks:
        known = ", ".join(task["id"] for task in run["tasks"])
        raise NotFound(f"The run has no task {task_id!r}; there are: {known}.")
    written = []
    for task in tasks:
        attempts = [attempt for attempt in task["attempts"] if number in (None, attempt["number"])]
        if attempts:
            paths = {stream: attempts[-1][stream] for stream in streams}
            output = read_output(Path(attempts[-1][streams[0]]).parent, streams, times=times)
            written.append(Written(task["id"], attempts[-1]["number"], paths, output))
    return written


def as_parts(attempts: Sequence[Written]) -> list[dict[str, Any]]:
    """The text of each stream, for programs."""
    return [
        {
            "task": written.task,
            "attempt": written.attempt,
            "stream": stream,
            "path": path,
            "text": written.output.text(stream),
            "trouble": written.output.problems.get(stream, ""),
        }
        for written in attempts
        for stream, path in written.paths.items()
    ]


def as_lines(attempts: Sequence[Written]) -> list[dict[str, Any]]:
    """Each line with its time, in their order, for programs."""
    return [
        {
            "task": written.task,
            "attempt": written.attempt,
            "stream": line.stream,
            "at": line.at.isoformat() if line.at else None,
            "text": line.text,
        }
        for written in attempts
        for line in written.output.lines()
    ]


def print_output(attempts: Sequence[Written], timezone: str | None = None) -> None:
    """What each attempt wrote, under a heading; with the time of each line in that zone. Progress bars are shown in their
    last state, colours on a terminal that has them, and what else steers a terminal is spelled out."""
    for written in attempts:
        output = written.output
        for problem in output.problems.values():
            click.echo(f"Not shown: {plain(problem)}.", err=True)
        if not output.streams:
            continue
        head = f"--- {written.task} attempt {written.attempt} {' and '.join(output.streams)}"
        if not output.ordered:
            head += "; in which order is not known of all lines"
        click.echo(click.style(head, bold=True))
        lines = _shown(output, timezone)
        while block := list(islice(lines, _AT_ONCE)):
            click.echo("\n".join(block), color=_colours())
    if not any(written.output.streams or written.output.problems for written in attempts):
        click.echo("Nothing was written.")


def last_words(attempt: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What a failed attempt said last, and to which stream: a few lines of standard error, else of standard output."""
    for stream in ("stderr", "stdout"):
        screen = Screen()
        output = read_output(Path(attempt[stream]).parent, [stream], tail=_WORDS_BYTES)
        shown = (screen.line(line.text).rstrip() for line in output.lines())
        if lines := [line for line in shown if line][-MOST_WORDS:]:
            return stream, [line if len(line) <= _WORDS_WIDTH else f"{line[:_WORDS_WIDTH]}…" for line in lines]
    return "", []


def _shown(output: Output, timezone: str | None) -> Iterator[str]:
    colours = _colours()
    screens = {stream: Screen(colours=colours) for stream in output.streams}
    for line in output.lines():
        text = screens[line.stream].line(line.text)
        if timezone is not None:
            text = f"{_time(line, timezone)} {line.stream} | {text}"
        elif colours and line.stream == "stderr" and "\x1b" not in text:
            text = click.style(text, fg="red")
        yield text


def _time(line: Line, timezone: str) -> str:
    at = local_time(line.at, timezone)
    return at if line.at is None else f"{at[:-7]}.{line.at.microsecond // 1000:03}{at[-6:]}"


def _colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
