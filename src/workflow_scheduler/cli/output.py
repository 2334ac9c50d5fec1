"""Prints the output of scripts as text that is safe for the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workflow_scheduler.domain.errors import NotFound
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.executors.output_lines import Line, Output, read_output
from workflow_scheduler.executors.screen import Screen

from .render import local_time, plain

if TYPE_CHECKING:
    from workflow_scheduler.operations.rows import Plain
    from workflow_scheduler.operations.runs.detail_rows import RunDetail, TaskRunRow

__all__ = [
    "Written",
    "as_line",
    "as_lines",
    "as_parts",
    "chosen_tasks",
    "output_of",
    "painted",
    "print_never_started",
    "print_output",
    "screens_for",
    "shows_colours",
]

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Written:
    """What one attempt wrote."""

    task: str
    attempt: int
    paths: dict[str, str]
    output: Output


def chosen_tasks(run: RunDetail, task_id: str | None, number: int | None) -> list[TaskRunRow]:
    """The named task, or all tasks. NotFound lists the existing ones; also raised for an attempt that does not exist."""
    tasks = [task for task in run.tasks if task_id in (None, task.id)]
    if not tasks:
        known = ", ".join(task.id for task in run.tasks)
        raise NotFound(f"The run has no task {task_id!r}; there are: {known}.")
    most = max(len(task.attempts) for task in tasks)
    if number is not None and number > most:
        raise NotFound(f"There is no attempt {number} yet; the last one is {most}.")
    return tasks


def output_of(
    run: RunDetail, task_id: str | None, number: int | None, streams: Sequence[str], *, times: bool = False
) -> list[Written]:
    """The output of the last attempt (or the given one) of each task to these streams."""
    written = []
    for task in chosen_tasks(run, task_id, number):
        attempts = [attempt for attempt in task.attempts if number in (None, attempt.number)]
        if attempts:
            paths = {stream: attempts[-1].path(stream) for stream in streams}
            output = read_output(Path(paths[streams[0]]).parent, streams, times=times)
            written.append(Written(task.id, attempts[-1].number, paths, output))
    return written


def as_parts(attempts: Sequence[Written]) -> list[Plain]:
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


def as_lines(attempts: Sequence[Written]) -> list[Plain]:
    """Each line with its time, in order, for programs."""
    return [as_line(written.task, written.attempt, line) for written in attempts for line in written.output.lines()]


def as_line(task: str, attempt: int, line: Line) -> Plain:
    return {
        "task": task,
        "attempt": attempt,
        "stream": line.stream,
        "at": line.at.isoformat() if line.at else None,
        "text": line.text,
    }


def print_output(attempts: Sequence[Written], timezone: str | None = None) -> None:
    """The output of each attempt under a heading, optionally with the time of each line. Progress bars are shown in their
    last state, colours on a terminal that supports them; other control characters are escaped."""
    for written in attempts:
        output = written.output
        for problem in output.problems.values():
            click.echo(f"Not shown: {plain(problem)}.", err=True)
        head = f"--- {written.task} attempt {written.attempt}"
        if not output.streams:
            if not output.problems:
                click.echo(click.style(f"{head}: nothing was written", bold=True))
            continue
        head += f" {' and '.join(output.streams)}"
        if not output.ordered:
            head += "; the order of some lines is unknown"
        click.echo(click.style(head, bold=True))
        screens = screens_for(output.streams)
        lines = (painted(line, screens, timezone) for line in output.lines())
        while block := list(islice(lines, _AT_ONCE)):
            click.echo("\n".join(block), color=shows_colours())


def print_never_started(tasks: Sequence[TaskRunRow]) -> None:
    """Which tasks did not run, and why: one line for consecutive tasks with the same reason."""
    for sentence, group in groupby(tasks, _never_started):
        if sentence:
            names = ", ".join(task.id for task in group)
            click.echo(click.style(f"--- {names}: {plain(sentence)}", bold=True))


def _never_started(task: TaskRunRow) -> str:
    if task.attempts:
        return ""
    if task.state in ("pending", "running"):
        return "not started yet"
    return f"never started; {task.state}: {task.reason}" if task.reason else f"never started; {task.state}"


def screens_for(streams: Sequence[str]) -> dict[str, Screen]:
    """One renderer for each stream of an attempt."""
    return {stream: Screen(colours=shows_colours()) for stream in streams}


def painted(line: Line, screens: Mapping[str, Screen], timezone: str | None) -> str:
    """The line as printed, with its time in that zone if there is one."""
    text = screens[line.stream].line(line.text)
    if timezone is not None:
        return f"{_time(line, timezone)} {line.stream} | {text}"
    if shows_colours() and line.stream == "stderr" and "\x1b" not in text:
        return click.style(text, fg="red")
    return text


def _time(line: Line, timezone: str) -> str:
    at = local_time(line.at, timezone)
    return at if line.at is None else f"{at[:-7]}.{line.at.microsecond // 1000:03}{at[-6:]}"


def shows_colours() -> bool:
    """Whether standard output is a terminal that shows colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
