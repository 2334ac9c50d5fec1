"""What differs between a failed run and the last good one: what was recorded of the attempts, and what they wrote."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.attempt_record import readable_facts
from workflow_scheduler.domain.difference import SAMPLES, Difference, Known, changed_lines, compare
from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.errors import InvalidInput, NotFound, SchedulerError
from workflow_scheduler.domain.log_lines import first_difference
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Attempt, AttemptKey, Run
from workflow_scheduler.executors.screen import Screen
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage import scripts as script_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.regular_file import open_regular

from .last_lines import failed_attempt
from .own_folder import own_folder

__all__ = [
    "LAST_GOOD",
    "DifferenceRow",
    "OutputDifferenceRow",
    "difference_lines",
    "first_change",
    "first_lines",
    "run_difference",
]

COMPARED_BYTES = 256 * 1024
"""Of the beginning of each stream."""
WIDTH = 300
LAST_GOOD = "last-good"


@dataclass(frozen=True, slots=True)
class OutputDifferenceRow:
    """The first line that differs, apart from times, numbers and identifiers; None for an end. `line` counts from 1."""

    stream: str
    line: int
    text: str | None
    was: str | None


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """`compared_with`: the run with the other attempt of the task, None if there is none. `differences`: at most five, the
    most surprising first. `summary`: a sentence, where there are none."""

    run: str
    task: str | None
    attempt: int | None
    compared_with: str | None
    compared_at: datetime | None
    differences: tuple[Difference, ...]
    output: OutputDifferenceRow | None
    summary: str


def run_difference(
    database: Database, home: Path, run_id: str, timezone: str, *, with_run: str = LAST_GOOD, task: str | None = None
) -> DifferenceRow:
    """Compare the run's first failed task, or that task, with its last good attempt or with another run's."""

    def work(db: Connection) -> tuple[DifferenceRow, AttemptKey | None]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        attempt = _attempt(db, run, task)
        if attempt is None:
            return _nothing(run, task, "No command of it began, so there is nothing to compare."), None
        return _compared(db, run, attempt, with_run, ZoneInfo(timezone))

    row, other = database.read(work)
    if other is None or row.task is None or row.attempt is None:
        return row
    output = _output(home, AttemptKey(run_id, row.task, row.attempt), other)
    return DifferenceRow(**{**{name: getattr(row, name) for name in DifferenceRow.__slots__}, "output": output})


def first_lines(database: Database, run_id: str, timezone: str) -> tuple[str, ...]:
    """Those of the run's first failed task; nothing if none of its commands began."""

    def work(db: Connection) -> tuple[str, ...]:
        key = failed_attempt(db, run_id)
        return () if key is None else difference_lines(db, key, timezone)

    return database.read(work)


def difference_lines(db: Connection, key: AttemptKey, timezone: str) -> tuple[str, ...]:
    """The differences from the last good run in words, or the sentence that says why there are none."""
    run = run_store.find_run(db, key.run_id)
    attempt = run_store.attempts_of(db, [key]).get(key)
    if run is None or attempt is None:
        return ()
    row, _ = _compared(db, run, attempt, LAST_GOOD, ZoneInfo(timezone))
    return tuple(difference.text for difference in row.differences) or (row.summary,)


def first_change(db: Connection, key: AttemptKey | None, timezone: str) -> str:
    """The most surprising difference of the attempt from the last good one; empty if nothing differs."""
    run = None if key is None else run_store.find_run(db, key.run_id)
    attempt = None if key is None else run_store.attempts_of(db, [key]).get(key)
    if run is None or attempt is None:
        return ""
    row, _ = _compared(db, run, attempt, LAST_GOOD, ZoneInfo(timezone))
    return row.differences[0].text if row.differences else ""


def _attempt(db: Connection, run: Run, task: str | None) -> Attempt | None:
    """The last one of the task; without it, of the first that failed, or of the only task."""
    if task is None and (key := failed_attempt(db, run.id)) is not None:
        return run_store.attempts_of(db, [key])[key]
    history = {task_run.task_id: attempts for task_run, attempts in run_store.task_history(db, run.id)}
    if task is not None and task not in history:
        raise NotFound(f"The run has no task {task!r}; there are: {', '.join(history) or 'none, as it has not begun'}.")
    chosen = [history[task]] if task is not None else [attempts for attempts in history.values() if attempts]
    if len(chosen) > 1:
        raise InvalidInput("None of its tasks failed; name the one to compare.")
    return chosen[0][-1] if chosen and chosen[0] else None


def _nothing(run: Run, task: str | None, summary: str, attempt: int | None = None) -> DifferenceRow:
    return DifferenceRow(run.id, task, attempt, None, None, (), None, summary)


def _compared(
    db: Connection, run: Run, attempt: Attempt, with_run: str, zone: ZoneInfo
) -> tuple[DifferenceRow, AttemptKey | None]:
    successes = run_store.last_successes(db, run, attempt.task_id, SAMPLES)
    pair = (successes[0] if successes else None) if with_run == LAST_GOOD else _other(db, run, attempt, with_run)
    if pair is None:
        return _nothing(run, attempt.task_id, "There is no good run before it.", attempt.number), None
    known = _known(db, [(run, attempt), pair, *successes])
    failed, good = known[attempt.key], known[pair[1].key]
    lines = _script_lines(db, run, pair[0], attempt.task_id, failed, good)
    samples = [known[success.key] for _, success in successes]
    differences = compare(failed, good, samples, zone, lines)
    row = DifferenceRow(
        run=run.id,
        task=attempt.task_id,
        attempt=attempt.number,
        compared_with=pair[0].id,
        compared_at=pair[1].finished_at,
        differences=differences,
        output=None,
        summary="" if differences else _unchanged(attempt, pair[1], last_good=with_run == LAST_GOOD),
    )
    return row, pair[1].key


def _unchanged(attempt: Attempt, other: Attempt, *, last_good: bool) -> str:
    if not (last_good and attempt.finished_at and other.finished_at):
        return "Nothing that is recorded changed."
    seconds = max(0.0, (attempt.finished_at - other.finished_at).total_seconds())
    return f"Nothing that is recorded changed; last good {format_duration(seconds)} before."


def _other(db: Connection, run: Run, attempt: Attempt, run_id: str) -> tuple[Run, Attempt]:
    other = run_store.find_run(db, run_id)
    if other is None:
        raise no_such("run", run_id)
    history = {
        task_run.task_id: attempts
        for task_run, attempts in run_store.task_history(db, run_id)
        if other.workflow_id == run.workflow_id
    }
    if not history.get(attempt.task_id):
        raise NotFound(f"The run {run_id} has no attempt of the task {attempt.task_id!r} of {run.workflow_id!r}.")
    return other, history[attempt.task_id][-1]


def _known(db: Connection, pairs: Iterable[tuple[Run, Attempt]]) -> dict[AttemptKey, Known]:
    by_key = {attempt.key: (run, attempt) for run, attempt in pairs}
    numbers = {attempt.engine_id for _, attempt in by_key.values() if attempt.engine_id is not None}
    engines = engine_store.engines_of(db, sorted(numbers))
    known = {}
    for key, (run, attempt) in by_key.items():
        engine = engines.get(attempt.engine_id or 0)
        took = attempt.finished_at - attempt.started_at if attempt.finished_at and attempt.started_at else None
        known[key] = Known(
            version=run.version,
            params=run.params or {},
            facts=readable_facts(attempt.facts),
            engine={} if engine is None else engine.identity,
            seconds=None if took is None else took.total_seconds(),
            at=attempt.started_at,
        )
    return known


def _script_lines(db: Connection, run: Run, other: Run, task_id: str, failed: Known, good: Known) -> int | None:
    hashes = [str((known.facts.get("script") or {}).get("hash", "")) for known in (failed, good)]
    if hashes[0] == hashes[1]:
        return None
    texts = [
        script_store.text_of(db, workflow_id, task_id, digest)
        for workflow_id, digest in zip((run.workflow_id, other.workflow_id), hashes, strict=True)
    ]
    return None if texts[0] is None or texts[1] is None else changed_lines(texts[0], texts[1])


def _output(home: Path, key: AttemptKey, other: AttemptKey) -> OutputDifferenceRow | None:
    """The first difference of what both wrote, as far as the beginnings tell."""
    try:
        folders = own_folder(home, key), own_folder(home, other)
    except SchedulerError:
        return None
    for stream in ("stderr", "stdout"):
        (lines, whole), (others, all_of_it) = (_beginning(folder / f"{stream}.log") for folder in folders)
        at = first_difference(lines, others)
        if at is None or (at == len(lines) and not whole) or (at == len(others) and not all_of_it):
            continue
        return OutputDifferenceRow(stream, at + 1, _shown(lines, at), _shown(others, at))
    return None


def _beginning(path: Path) -> tuple[list[str], bool]:
    """The first lines, and whether these are all of them."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            data = file.read(COMPARED_BYTES + 1)
    except OSError:  # nothing was written, or the record was pruned
        return [], True
    screen = Screen()
    text = data[:COMPARED_BYTES].decode("utf-8", "replace")
    lines = [screen.line(line) for line in text.replace("\r\n", "\n").split("\n")]
    whole = len(data) <= COMPARED_BYTES
    return lines[:-1] if not (whole and lines[-1]) else lines, whole


def _shown(lines: Sequence[str], at: int) -> str | None:
    return lines[at][:WIDTH] if at < len(lines) else None
