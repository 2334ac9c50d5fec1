"""Follows the output of a run's scripts until the run has ended."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.executors.output_lines import Line, Output, read_output
from workflow_scheduler.executors.screen import Screen

from .context import as_json, own_command
from .follow import Waiting, tell, until_over
from .interruption import interruptible
from .output import as_line, chosen_tasks, painted, print_never_started, screens_for, shows_colours
from .render import plain

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.runs.detail_rows import AttemptRow, RunDetail

__all__ = ["follow_output"]

_TAIL = 1 << 20
"""Bytes read from each stream at once after the first read."""


def follow_output(
    app: App, run_id: str, task: str | None, number: int | None, streams: Sequence[str], timezone: str | None
) -> None:
    """Print the output so far, then each new line. Ctrl-C and SIGTERM do not affect the run."""
    from workflow_scheduler.operations.runs.watching import watch_output

    waiting = Waiting(app, run_id, here=False)
    printer = _Printer(
        task, number, streams, timezone, lambda task, attempt: watch_output(app.database, run_id, task, attempt)
    )
    said = ""

    def show(run: RunDetail) -> None:
        nonlocal said
        if (words := waiting.words(run)) and words != said:
            said = words
            tell(f"Waiting: {words}")
        printer.look(run)

    try:
        with interruptible():
            run = until_over(app, run_id, show)
    except KeyboardInterrupt:
        tell(f"\nThe run is not affected. Follow it again with: {own_command('runs', 'logs', run_id, '-f')}")
        raise
    tasks = chosen_tasks(run, task, number)
    if not as_json():
        print_never_started(tasks)
    tell(f"{run_id} {run.state}: {plain(run.reason)}")


@dataclass(slots=True)
class _Source:
    """A followed attempt, and how far each of its streams has been printed."""

    screens: dict[str, Screen]
    ends: dict[str, int] = field(default_factory=dict)
    mark: object = None


class _Printer:
    def __init__(
        self,
        task: str | None,
        number: int | None,
        streams: Sequence[str],
        timezone: str | None,
        watch: Callable[[str, AttemptRow], None],
    ) -> None:
        self._watch = watch
        self._task = task
        self._number = number
        self._streams = streams
        self._timezone = timezone
        self._sources: dict[tuple[str, int], _Source] = {}
        self._first: dict[str, int] = {}
        self._last: tuple[str, int] | None = None

    def look(self, run: RunDetail) -> None:
        """Print what is new. For a task with earlier attempts, start with the latest one."""
        for task in chosen_tasks(run, self._task, None):
            if not task.attempts:
                continue
            first = self._first.setdefault(task.id, self._number or task.attempts[-1].number)
            for attempt in task.attempts[first - 1 :]:
                if self._number in (None, attempt.number):
                    self._watch(task.id, attempt)
                    self._look(task.id, attempt)

    def _look(self, task: str, attempt: AttemptRow) -> None:
        key = task, attempt.number
        source = self._sources.setdefault(key, _Source(screens_for(self._streams)))
        over = attempt.finished_at is not None
        if (mark := (over, *(_mark(attempt.path(stream)) for stream in self._streams))) == source.mark:
            return
        folder = Path(attempt.path(self._streams[0])).parent
        tail = None if source.mark is None else _TAIL
        output = read_output(folder, self._streams, tail=tail, times=self._timezone is not None or as_json())
        source.mark = mark
        unfinished = set() if over else {stream for stream in output.streams if not _ended(output, stream)}
        lines = list(output.lines())
        last = {line.stream: line for line in lines}
        lines = [
            line
            for line in lines
            if line.end > source.ends.get(line.stream, 0)
            and not (line.stream in unfinished and line is last[line.stream])
        ]
        if lines:
            self._print(key, source, lines)

    def _print(self, key: tuple[str, int], source: _Source, lines: Sequence[Line]) -> None:
        if as_json():
            for line in lines:
                click.echo(json.dumps(as_line(*key, line)))
        else:
            if key != self._last:
                click.echo(click.style(f"--- {key[0]} attempt {key[1]}", bold=True))
            self._last = key
            for line in lines:
                if line.gap and line.stream in source.ends:
                    click.echo(f"[... earlier lines of {line.stream} are not shown here ...]")
                click.echo(painted(line, source.screens, self._timezone), color=shows_colours())
        source.ends |= {line.stream: line.end for line in lines}


def _mark(path: str) -> object:
    """Changes whenever the file is written to."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _ended(output: Output, stream: str) -> bool:
    return output.text(stream).endswith("\n")
