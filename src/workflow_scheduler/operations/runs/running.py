"""Why a run is still running: what its commands do now, and what those did that took too long."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.errors import SchedulerError
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import Attempt, AttemptKey, AttemptState, Run
from workflow_scheduler.domain.running import Facts, looks_like, state_words, waits_words
from workflow_scheduler.executors.running import lines_within, look
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.storage import runs, versions
from workflow_scheduler.storage import sightings as store
from workflow_scheduler.storage.database import Connection, Database

from .own_folder import own_folder

__all__ = ["NOW", "LookRow", "ProcessRow", "RunningRow", "long_words", "noted_looks", "why_running"]

NOW = "now"
MOST_LOOKS = 10
"""Attempts that are examined for one answer."""


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """`cpu_seconds`, `read_bytes` and `written_bytes` are of the last `over_seconds`. `orphan`: its parent has ended."""

    pid: int
    parent: int | None
    orphan: bool
    name: str
    command: str
    state: str
    age_seconds: float
    over_seconds: float
    cpu_seconds: float
    read_bytes: int
    written_bytes: int
    waits: str


@dataclass(frozen=True, slots=True)
class LookRow:
    """One look at an attempt. `occasion`: now, long (its deadline passed) or timeout (its time limit ended it). `looks_like`: a
    guess, empty without evidence. `more`: processes that are not listed. `good_lines`: what the run `good_run`, the last good
    one, had written at the same age."""

    task: str
    attempt: int
    occasion: str
    at: datetime
    looks_like: str
    processes: tuple[ProcessRow, ...]
    more: int
    last_line: str | None
    last_line_stream: str | None
    last_line_seconds: float | None
    lines: int
    good_run: str | None
    good_lines: int | None


@dataclass(frozen=True, slots=True)
class RunningRow:
    """`note`: why there is no look at what it does now."""

    run_id: str
    workflow_id: str
    state: str
    note: str
    looks: tuple[LookRow, ...]


_Good = tuple[AttemptKey, datetime] | None


def why_running(database: Database, home: Path, run_id: str) -> RunningRow:
    """What the commands of the run do now; of a run that is not running, what was noted."""

    def work(db: Connection) -> tuple[Run, list[Attempt], set[str], bool]:
        run = runs.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        attempts = [attempt for _, of_task in runs.task_history(db, run_id) for attempt in of_task]
        workflow = versions.find_version(db, run.workflow_id, run.version)
        placed = workflow.has_places and not db.is_sqlite
        return run, attempts, {task.id for task in workflow.tasks if task.secrets}, placed

    run, attempts, secretive, placed = database.read(work)
    running = [attempt for attempt in attempts if attempt.state is AttemptState.RUNNING]
    looks = []
    elsewhere = _elsewhere(database, running[:MOST_LOOKS]) if placed else {}
    for attempt in running[:MOST_LOOKS]:
        seen = elsewhere.get(attempt.key)
        if seen is None:
            seen = look(own_folder(home, attempt.key), arguments=attempt.task_id not in secretive)
        if seen is not None:
            with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError):  # it may say anything
                looks.append(store.Sighting(attempt.key, NOW, datetime.fromtimestamp(seen["at"], UTC), seen))
    note = _note(run, running, looks)
    noted = [] if looks else database.read(lambda db: store.sightings_of(db, run_id))
    rows = _rows(database, home, run, attempts, looks or noted)
    return RunningRow(run.id, run.workflow_id, run.state.value, note, rows)


def _elsewhere(database: Database, running: Iterable[Attempt]) -> Mapping[AttemptKey, Facts]:
    from workflow_scheduler.executors.worker_look import look_elsewhere  # noqa: PLC0415  most homes have no workers

    return look_elsewhere(database, [attempt.key for attempt in running])


def noted_looks(database: Database, home: Path, run: Run, attempts: Iterable[Attempt]) -> tuple[LookRow, ...]:
    """What was noted of commands that took too long."""
    return _rows(database, home, run, attempts, database.read(lambda db: store.sightings_of(db, run.id)))


def long_words(database: Database, home: Path, run_id: str, occasions: Collection[str]) -> str:
    """One line about a run that takes too long, or took, by looks of these occasions: what it looks like, and its last output;
    empty if that is not known."""
    with contextlib.suppress(SchedulerError):
        for found in reversed(why_running(database, home, run_id).looks):
            if found.occasion not in occasions:
                continue
            words = [found.looks_like] if found.looks_like else []
            if found.last_line is not None and found.last_line_seconds is not None:
                words.append(f"last output {found.last_line_seconds:.0f} s before: {found.last_line}")
            if words:
                return "; ".join(words)
    return ""


def _note(run: Run, running: list[Attempt], looks: list[store.Sighting]) -> str:
    if looks:
        return ""
    if run.over:
        return f"The run has ended: {run.state.value}."
    if not running:
        return "None of its commands is running now."
    return "Its processes cannot be seen from here: it runs elsewhere, or it ended just now."


def _rows(
    database: Database, home: Path, run: Run, attempts: Iterable[Attempt], looks: Iterable[store.Sighting]
) -> tuple[LookRow, ...]:
    started = {attempt.key: attempt.started_at for attempt in attempts}
    rows = []
    for sighting in looks:
        find_good = functools.partial(
            store.last_success, workflow_id=run.workflow_id, task_id=sighting.key.task_id, before=run.queued_at
        )
        good = database.read(find_good)
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):  # a command can change its records
            rows.append(_row(home, sighting, started.get(sighting.key), good))
    return tuple(rows)


def _row(home: Path, sighting: store.Sighting, started: datetime | None, good: _Good) -> LookRow:
    seen = sighting.seen
    output: Facts = seen.get("output") or {}
    age = output.get("age")
    good_lines = None
    if good is not None and started is not None:
        with contextlib.suppress(SchedulerError, OSError):
            good_lines = lines_within(own_folder(home, good[0]), good[1] + (sighting.at - started))
    return LookRow(
        task=sighting.key.task_id,
        attempt=sighting.key.number,
        occasion=sighting.occasion,
        at=sighting.at,
        looks_like=looks_like(seen["processes"]),
        processes=tuple(_process(process) for process in seen["processes"]),
        more=int(seen.get("more") or 0),
        last_line=str(output["line"]) if "line" in output else None,
        last_line_stream=str(output["stream"]) if "stream" in output else None,
        last_line_seconds=None if age is None else float(age),
        lines=int(output.get("lines") or 0),
        good_run=good[0].run_id if good is not None and good_lines is not None else None,
        good_lines=good_lines,
    )


def _process(facts: Facts) -> ProcessRow:
    parent: Any = facts.get("parent")
    return ProcessRow(
        pid=int(facts["pid"]),
        parent=None if parent is None else int(parent),
        orphan=bool(facts.get("orphan")),
        name=str(facts["name"]),
        command=str(facts.get("command") or facts["name"]),
        state=state_words(str(facts.get("state", ""))),
        age_seconds=float(facts["age"]),
        over_seconds=float(facts["over"]),
        cpu_seconds=float(facts["cpu"]),
        read_bytes=int(facts["read"]),
        written_bytes=int(facts["written"]),
        waits=waits_words(facts.get("waits")),
    )
