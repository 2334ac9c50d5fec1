"""Writes `scheduler.log`: what happened, with the identifiers, the exit codes and the scripts' own words."""

from __future__ import annotations

import itertools
import logging
import operator
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from workflow_scheduler.domain.events import Event
from workflow_scheduler.executors.base import Key, Outcome
from workflow_scheduler.executors.decoding import decode
from workflow_scheduler.regular_file import open_regular

__all__ = ["OUTPUT_SHOWN", "Journal"]

OUTPUT_SHOWN = 4000
"""At most so many bytes of each stream go into the log; the whole stays in the attempt's folder."""
_ERRORS = {"run.failed", "run.unknown", "task.failed", "task.unknown"}
_ENDS = ("attempt.succeeded", "attempt.failed", "attempt.timed_out", "attempt.cancelled", "attempt.unknown")
_INSIDE = bytes(range(0x80, 0xC0))
# Of a task that goes its way, its attempts say everything.
_SILENT = {"attempt.launching", "attempt.ready", "task.running", "task.succeeded"}


class Journal:
    """`folder_of` names the folder that holds an attempt's output."""

    def __init__(self, log: logging.Logger, folder_of: Callable[[Key], Path]) -> None:
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
                outcome = by_key.get((event.run_id, event.task_id, event.attempt))
                if outcome is not None:
                    text += self._end_of_attempt(outcome)
                    level = logging.INFO if event.kind in ("attempt.succeeded", "attempt.cancelled") else logging.ERROR
            lines.append((level, text))
        # What goes into the log together is written in one.
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
        folder = self._folder_of(outcome.key)
        for stream in outcome.streams:
            text += _shown(stream, folder / f"{stream}.log")
        return text


def _shown(stream: str, path: Path) -> str:
    try:
        with os.fdopen(open_regular(path), "rb", buffering=0) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - OUTPUT_SHOWN))
            raw = file.read(OUTPUT_SHOWN)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"\n    {stream} | not shown: {_harmless(str(path))} {error.strerror}"
    if size > OUTPUT_SHOWN:
        raw = raw.lstrip(_INSIDE)  # the rest of a character that was cut
    lines = [f"    {stream} | {line}" for line in decode(raw).splitlines() if line.strip()]
    if size > OUTPUT_SHOWN:
        lines.insert(0, f"    {stream} | … {size - OUTPUT_SHOWN} bytes before this are in {path}")
    return "".join("\n" + _harmless(line) for line in lines)


def _harmless(line: str) -> str:
    """Keep a script's control characters from moving the cursor of whoever reads the log."""
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line.expandtabs())
