"""Writes `scheduler.log`: events with identifiers, exit codes and the output of scripts."""

from __future__ import annotations

import itertools
import logging
import operator
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.executors.base import Outcome
from workflow_scheduler.executors.output_lines import read_output
from workflow_scheduler.executors.screen import Screen, harmless

__all__ = ["OUTPUT_SHOWN", "RunLog"]

OUTPUT_SHOWN = 4000
"""The most bytes of each stream in the log; the attempt's folder has the rest."""
_ERRORS = {"run.failed", "run.unknown", "task.failed", "task.unknown"}
_ENDS = ("attempt.succeeded", "attempt.failed", "attempt.timed_out", "attempt.cancelled", "attempt.unknown")
# The attempts of a normal task say everything.
_SILENT = {"attempt.launching", "attempt.ready", "task.running", "task.succeeded"}


class RunLog:
    """`folder_of` names the folder that holds an attempt's output."""

    def __init__(self, log: logging.Logger, folder_of: Callable[[AttemptKey], Path]) -> None:
        self._log = log
        self._folder_of = folder_of

    def write(self, events: Iterable[Event], outcomes: Iterable[Outcome]) -> None:
        by_key = {outcome.key: outcome for outcome in outcomes}
        lines: list[tuple[int, str]] = []
        for event in events:
            if event.kind in _SILENT:
                continue
            text = self._line(event)
            level = logging.ERROR if event.kind in _ERRORS else logging.INFO
            if event.kind in _ENDS and event.run_id and event.task_id and event.attempt:
                outcome = by_key.get(AttemptKey(event.run_id, event.task_id, event.attempt))
                if outcome is not None:
                    text += self._end_of_attempt(outcome)
                    level = logging.INFO if event.kind in ("attempt.succeeded", "attempt.cancelled") else logging.ERROR
            lines.append((level, text))
        # Entries that belong together are written at once.
        for level, group in itertools.groupby(lines, operator.itemgetter(0)):
            self._log.log(level, "%s", "\n".join(text for _, text in group))

    @staticmethod
    def _line(event: Event) -> str:
        names = (
            ("workflow", event.workflow_id),
            ("schedule", event.schedule_id),
            ("run", event.run_id),
            ("task", event.task_id),
            ("attempt", event.attempt),
        )
        where = " ".join(f"{name}={value}" for name, value in names if value is not None)
        noun, _, what = event.kind.partition(".")
        reason = f": {event.reason}" if event.reason else ""
        return _harmless(f"{where} {noun} {what.replace('_', ' ')}{reason}")

    def _end_of_attempt(self, outcome: Outcome) -> str:
        text = "" if outcome.exit_code is None else f" exit_code={outcome.exit_code}"
        if outcome.started_at and outcome.finished_at:
            text += f" seconds={(outcome.finished_at - outcome.started_at).total_seconds():.3f}"
        for output in outcome.outputs:
            text += "\n" + _harmless(f"    output | {output['path']}: {output['proof'] or output['reason']}")
        return text + _shown(outcome.streams, self._folder_of(outcome.key)) if outcome.streams else text


def _shown(streams: Sequence[str], folder: Path) -> str:
    """The end of the command's output, both streams in order."""
    output = read_output(folder, streams, tail=OUTPUT_SHOWN)
    lines = [f"{stream} | not shown: {problem}" for stream, problem in output.problems.items()]
    lines += [
        f"{stream} | … {count} bytes before this are in {folder / f'{stream}.log'}"
        for stream, count in output.left_out.items()
    ]
    screens = {stream: Screen() for stream in streams}
    shown = ((line.stream, screens[line.stream].line(line.text)) for line in output.lines())
    lines += [f"{stream} | {text}" for stream, text in shown if text.strip()]
    return "".join(f"\n    {_harmless(line)}" for line in lines)


def _harmless(line: str) -> str:
    """Escape a script's control characters, for the terminals of the log's readers."""
    return harmless(line).expandtabs()
