"""Runs a simulation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path

from workflow_scheduler.definitions.documents import Document
from workflow_scheduler.domain.calendar import Calendar
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.engine.simulation import SimulatedEngine
from workflow_scheduler.operations.lookup import existing_workflow
from workflow_scheduler.operations.runs.waiting import hold_of
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.operations.workflows.defaults_file import DEFAULTS, read_defaults
from workflow_scheduler.storage import catalog, queries_workflows, versions
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage import queries_simulation as queries
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.scratch import ScratchDatabase

from .copy import apply_to, begun_attempts, copy_home
from .durations import Durations, Typical, read_assumptions
from .results import read_results
from .rows import Simulation

__all__ = ["LONGEST", "MOST_FIRES", "MOST_ROWS", "Question", "simulate"]

LONGEST = timedelta(days=366)
LAST_YEAR = 9990
MOST_FIRES = 200_000
MOST_ROWS = 20_000
"""Runs, and skipped fires, that an answer has unless more are asked for."""
_LOOKS = 200
"""Times at which something is due between two counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to simulate. `begin`: now if it is None; otherwise it begins with nothing in progress."""

    begin: datetime | None = None
    length: timedelta = timedelta(days=1)
    documents: Sequence[Document] = ()
    calendars: Sequence[Calendar] = ()
    assume: Sequence[tuple[str, str]] = ()
    """Names of tasks, each with a duration or `failed`."""
    typical: Typical = Typical.MEDIAN
    workflows: Collection[str] = ()
    """Those to report; all if empty. The others run all the same."""
    limit: int = MOST_ROWS


def simulate(
    home: Database, folder: Path, timezone: str, question: Question, now: datetime, *, max_runs: int, max_processes: int
) -> Simulation:
    """What the scheduler will do, by itself on a copy. InvalidInput and NotFound for what the question names; nothing in
    the home is written."""
    begin, idle = question.begin or now, question.begin is not None
    if not timedelta() < question.length <= LONGEST:
        raise InvalidInput("A simulation takes more than 0 seconds and at most 366 days; choose another length.")
    if begin.year > LAST_YEAR:
        raise InvalidInput(f"A simulation begins in {LAST_YEAR} at the latest; choose an earlier time.")
    copy = ScratchDatabase()
    try:
        copy.open_like(home)
        copy_home(home, copy, begin, idle=idle)
        if question.documents or question.calendars:
            apply_to(copy, question.documents, question.calendars, folder, timezone, begin)
        copy.read(lambda db: [existing_workflow(db, name) for name in question.workflows])
        tasks = copy.read(_tasks)
        durations = Durations(home, question.typical, read_assumptions(question.assume, tasks))
        engine = SimulatedEngine(
            copy,
            begin,
            durations.expect,
            max_runs=max_runs,
            max_processes=max_processes,
            defaults=read_defaults(folder / DEFAULTS),
            begun=copy.read(begun_attempts),
        )
        watch = _Watch(copy, max_runs)
        until = begin + question.length
        engine.run(until, watch.look)
        started = {(key.run_id, key.task_id): at for key, at in engine.executor.running.items()}
        found = copy.read(lambda db: read_results(db, until, watch.holds, started, question.workflows, question.limit))
        return Simulation(
            begin=begin,
            until=until,
            timezone=timezone,
            idle=idle,
            max_runs=max_runs,
            notes=tuple(copy.read(_notes)),
            assumed=tuple(sorted(durations.without_history)),
            counts=found.counts,
            runs=found.runs,
            skipped=found.skipped,
            left_out=found.left_out,
        )
    finally:
        copy.close()


def _tasks(db: Connection) -> dict[str, list[str]]:
    newest = catalog.versions_of(db, queries_workflows.workflow_ids(db))
    return {
        workflow.id: [task.id for task in workflow.tasks]
        for workflow in versions.find_versions(db, list(newest.items())).values()
    }


def _notes(db: Connection) -> list[str]:
    """What the simulation leaves out."""
    notes = []
    if (pause := planner_store.pause_of(db)) is not None:
        notes.append(
            f"All schedules are paused since {iso(pause[0])} by {pause[1]}: none fires until they are resumed."
        )
    if starts := catalog.start_schedules(db):
        notes.append(
            f"{_counted(len(starts), 'schedule')} at the start of the machine or the scheduler: not simulated."
        )
    off = set(queries_workflows.disabled_workflows(db, None))
    paused = [
        schedule for schedule in catalog.list_schedules(db) if not schedule.enabled or schedule.workflow_id in off
    ]
    if paused:
        notes.append(f"{_counted(len(paused), 'schedule')} paused or of a disabled workflow.")
    return notes


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


@dataclass(slots=True)
class _Watch:
    """Looks at the copy each time after something was due: why runs wait, and whether there are too many."""

    copy: Database
    max_runs: int
    holds: dict[str, str] = field(default_factory=dict)
    looks: int = 0

    def look(self, now: datetime) -> None:
        self.looks += 1
        self.copy.read(lambda db: self._explain(db, now))
        if self.looks % _LOOKS == 0 and self.copy.read(queries.fire_count) > MOST_FIRES:
            raise InvalidInput(
                f"The simulation has more than {MOST_FIRES:,} fires before {iso(now)}; choose a shorter time."
            )

    def _explain(self, db: Connection, now: datetime) -> None:
        for run in queries.waiting_since(db, now):
            if (held := hold_of(db, run, self.max_runs, now)) is not None:
                names = ", ".join(dict.fromkeys(other.workflow_id for other in held.runs))
                self.holds[run.id] = f"{held.hold.reason} In progress: {names}." if names else held.hold.reason
