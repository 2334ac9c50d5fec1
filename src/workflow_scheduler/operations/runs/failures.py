"""What is remembered of failures, and notes about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from workflow_scheduler.domain.errors import InvalidInput, Refused
from workflow_scheduler.domain.failure_memory import Memory, Note, are_alike, sentence
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import AttemptKey
from workflow_scheduler.engine.failures import fingerprint_of
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import failures as store
from workflow_scheduler.storage import runs
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.failures import Failure, FailureGroup

from .detail_rows import MemoryRow, RunDetail, TaskRunRow
from .last_lines import failed_attempt, why_of, with_last_lines

__all__ = ["FailureRow", "failure_list", "lines_of", "note_failure", "remembered", "with_failures"]

_R = TypeVar("_R", bound=RunDetail)
LONGEST_NOTE = 1_000
_SAME, _LOOKED_AT = 1_000, 500
"""The same failures that are counted, and the failures of the workflow among which those that are alike are searched."""
_IN_LIST = 50
"""Failures of each line of the list of which is known whether a retry helped."""


@dataclass(frozen=True, slots=True)
class FailureRow:
    """The same failures of a task. `run_id`: the latest, `line`: its last. `retried`, `passed`: of the newest of them."""

    workflow_id: str
    task_id: str
    run_id: str
    line: str
    count: int
    first_at: datetime
    last_at: datetime
    retried: int
    passed: int
    note: str
    note_by: str
    note_at: datetime | None


def lines_of(home: Path, key: AttemptKey) -> tuple[str, ...]:
    """The last lines by which a failure is known again."""
    why = why_of(home, key)
    return why.lines if why else ()


def remembered(database: Database, key: AttemptKey, lines: Collection[str], timezone: str) -> str:
    """The sentence of `MemoryRow`. `lines`: the last ones of the attempt."""
    found = _look(database, key, lines)
    return sentence(found, timezone) if found else ""


def with_failures(database: Database, home: Path, run: _R, timezone: str) -> _R:
    """The run with the last lines of each failed task, and what is remembered of its failure."""
    run = with_last_lines(home, run)
    tasks = [
        replace(
            task, memory=_memory_row(database, AttemptKey(run.id, task.id, task.attempts[-1].number), task, timezone)
        )
        if task.why is not None
        else task
        for task in run.tasks
    ]
    return replace(run, tasks=tuple(tasks))


def _memory_row(database: Database, key: AttemptKey, task: TaskRunRow, timezone: str) -> MemoryRow | None:
    found = _look(database, key, task.why.lines if task.why else ())
    if found is None:
        return None
    note = found.note
    return MemoryRow(
        found.count,
        found.first_at,
        found.last_at,
        found.retried,
        found.passed,
        note.text if note else "",
        note.by if note else "",
        note.at if note else None,
        sentence(found, timezone),
    )


def _look(database: Database, key: AttemptKey, lines: Collection[str]) -> Memory | None:
    def work(db: Connection) -> Memory | None:
        this = _failure(db, key, lines)
        return None if this is None else _memory(db, this)

    return database.read(work)


def _failure(db: Connection, key: AttemptKey, lines: Collection[str]) -> Failure | None:
    """As it is stored, or soon will be."""
    if (stored := store.find_failure(db, key)) is not None:
        return stored
    found, run = fingerprint_of(db, key, tuple(lines)), runs.find_run(db, key.run_id)
    if found is None or run is None:
        return None
    attempt = runs.attempts_of(db, [key])[key]
    at = attempt.finished_at or attempt.started_at or run.queued_at
    return Failure(key, run.workflow_id, at, found.key, found.tokens, "")


def _memory(db: Connection, this: Failure) -> Memory:
    same = store.failures_like(db, this.fingerprint, this.at, _SAME)
    known = {failure.key for failure in same}
    same += [
        failure
        for failure in store.failures_of_workflow(db, this.workflow_id, this.at, _LOOKED_AT)
        if failure.key not in known
        and failure.key.task_id == this.key.task_id
        and are_alike(failure.tokens, this.tokens)
    ]
    # Attempts of this run are the same failure, not an earlier one.
    before = [failure for failure in same if failure.key.run_id != this.key.run_id]
    passed = store.passed_on_retry(db, [failure.key for failure in before])
    notes = store.newest_notes(db, sorted({this.fingerprint, *(failure.fingerprint for failure in same)}))
    times = [failure.at for failure in before]
    retried, good = _by_run(passed)
    return Memory(
        count=len({failure.key.run_id for failure in before}),
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        retried=retried,
        passed=good,
        note=max(notes.values(), key=lambda note: note.at, default=None),
    )


def _by_run(passed: Mapping[AttemptKey, bool]) -> tuple[int, int]:
    """In how many runs it was tried again, and succeeded then."""
    return len({key.run_id for key in passed}), len({key.run_id for key, good in passed.items() if good})


def note_failure(database: Database, home: Path, run_id: str, text: str, by: str, now: datetime) -> str:
    """Leave a note about the failure of a run: it is shown whenever the same failure happens. Returns the task."""
    text = " ".join(text.split())
    if not text:
        raise InvalidInput("The note is empty; write what others should know.")
    if len(text) > LONGEST_NOTE:
        raise InvalidInput(f"The note has {len(text):,} characters; use at most {LONGEST_NOTE:,}.")

    key = database.read(lambda db: failed_attempt(db, run_id))
    lines = lines_of(home, key) if key else ()

    def work(db: Connection) -> str:
        if runs.find_run(db, run_id) is None:
            raise no_such("run", run_id)
        if key is None:
            raise Refused(f"No task of the run {run_id} has failed.")
        this = _failure(db, key, lines)
        if this is None:
            raise Refused(
                f"The failure of {key.task_id} cannot be known again: nothing that it says is particular to it."
            )
        store.add_failures(db, [this])
        store.add_note(db, this.fingerprint, this.workflow_id, Note(text, by, now))
        return key.task_id

    return write_and_wake(database, work)


def failure_list(database: Database, most: int, workflow_id: str | None = None) -> list[FailureRow]:
    """The same failures together, the latest first."""

    def work(db: Connection) -> list[FailureRow]:
        groups = store.failure_groups(db, most, workflow_id)
        notes = store.newest_notes(db, sorted({group.fingerprint for group in groups}))
        return [_row(db, group, notes.get(group.fingerprint)) for group in groups]

    return database.read(work)


def _row(db: Connection, group: FailureGroup, note: Note | None) -> FailureRow:
    newest = store.failures_of_group(db, group, _IN_LIST)
    retried, passed = _by_run(store.passed_on_retry(db, [failure.key for failure in newest]))
    return FailureRow(
        group.workflow_id,
        group.task_id,
        newest[0].key.run_id,
        newest[0].line,
        group.number,
        group.first_at,
        group.last_at,
        retried,
        passed,
        note.text if note else "",
        note.by if note else "",
        note.at if note else None,
    )
