"""Queries of runs: one with its tasks and attempts, and paged lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow_scheduler.domain.run import Attempt, AttemptKey, Run, TaskRun
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.rows import widened
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import runs, versions
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.engines import EngineRow

from .attempt_files import FilesRow, files_of
from .bytes_written import bytes_written
from .detail_rows import AttemptRow, RunDetail, RunWithGraph, TaskRunRow
from .failures import with_failures
from .late import DeadlineRow, deadline_rows
from .lists import run_estimate
from .pages import ZonedRunRow, zoned_runs
from .rows import run_row
from .running import noted_looks

__all__ = [
    "environment_words",
    "get_run",
    "run_detail",
]


_Moments = Mapping[tuple[str | None, int | None], datetime]
"""By task and attempt."""


def get_run(database: Database, home: Path, run_id: str) -> RunDetail:
    """A run with its tasks and attempts."""

    def work(
        db: Connection,
    ) -> tuple[
        Run,
        list[tuple[TaskRun, list[Attempt]]],
        Workflow,
        _Moments,
        EngineRow | None,
        tuple[DeadlineRow, ...],
        Mapping[AttemptKey, str | None],
        Mapping[AttemptKey, FilesRow],
    ]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        checks = event_store.moments_of(db, run_id, "attempt.checking_outputs")
        version = versions.find_version(db, run.workflow_id, run.version)
        engine = engine_store.engines_of(db, [run.engine_id]).get(run.engine_id) if run.engine_id else None
        workers = _workers(db, run_id) if version.has_places else {}
        files = files_of(db, run_id) if workers and version.bundle else {}
        return run, runs.task_history(db, run_id), version, checks, engine, deadline_rows(db, run), workers, files

    run, history, workflow, checks, engine, deadlines, workers, files = database.read(work)
    if not history:  # not started yet: its tasks wait
        history = [(TaskRun(run_id, task.id, at), []) for at, task in enumerate(workflow.tasks)]
    tasks = tuple(_task_row(home, task, attempts, checks, workers, files) for task, attempts in history)
    environment = environment_words(engine)
    params = run.params or {}
    looks = noted_looks(database, home, run, [attempt for _, attempts in history for attempt in attempts])
    return widened(
        run_row(run),
        RunDetail,
        params=params,
        environment=environment,
        deadlines=deadlines,
        looks=looks,
        tasks=tasks,
    )


def _workers(db: Connection, run_id: str) -> Mapping[AttemptKey, str | None]:
    from workflow_scheduler.storage.assignments import workers_of  # noqa: PLC0415  most homes have no workers

    return workers_of(db, run_id)


def _task_row(
    home: Path,
    task: TaskRun,
    attempts: Sequence[Attempt],
    checks: _Moments,
    workers: Mapping[AttemptKey, str | None],
    files: Mapping[AttemptKey, FilesRow],
) -> TaskRunRow:
    return TaskRunRow(
        id=task.task_id,
        state=task.state,
        reason=task.reason,
        started_at=task.started_at,
        finished_at=task.finished_at,
        retry_at=task.retry_at,
        attempts=tuple(
            _attempt_row(
                home,
                attempt,
                checks.get((task.task_id, attempt.number)),
                workers.get(attempt.key),
                files.get(attempt.key),
            )
            for attempt in attempts
        ),
    )


def _attempt_row(
    home: Path, attempt: Attempt, checking_at: datetime | None, worker: str | None, files: FilesRow | None
) -> AttemptRow:
    folder = attempt_folder(home, attempt.key)
    written = bytes_written(folder)
    return AttemptRow(
        number=attempt.number,
        state=attempt.state,
        exit_code=attempt.exit_code,
        reason=attempt.reason,
        pid=attempt.pid,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        stdout=str(folder / "stdout.log"),
        stderr=str(folder / "stderr.log"),
        stdout_bytes=_size(folder / "stdout.log"),
        stderr_bytes=_size(folder / "stderr.log"),
        stdout_written=written["stdout"],
        stderr_written=written["stderr"],
        checking_at=checking_at,
        worker=worker,
        files=files,
        outputs=tuple(map(_shown_output, attempt.outputs)),
    )


def _shown_output(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what only accepting it needs."""
    return {name: value for name, value in output.items() if name not in ("item", "ratios")}


def environment_words(engine: EngineRow | None) -> str:
    """Whose environment the commands of a run get, if known; empty before it starts."""
    if engine is None:
        return ""
    account = str(engine.identity.get("account", "")).removeprefix("local:")
    by = f" by {account}" if account else ""
    if engine.role == "scheduler":
        return f"of the scheduler that was started {iso(engine.started_at)}{by}"
    return f"of 'scheduler run'{by}, without a scheduler"


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # nothing was written, or it has been pruned
        return 0


def run_detail(database: Database, home: Path, run_id: str, timezone: str) -> RunWithGraph:
    """A run with its tasks, attempts, dependencies, and what is known of failed tasks. `timezone`: of days in sentences."""

    def work(db: Connection) -> tuple[Workflow, ZonedRunRow]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        return versions.find_version(db, run.workflow_id, run.version), zoned_runs(db, [run])[0]

    workflow, zoned = database.read(work)
    run = with_failures(database, home, get_run(database, home, run_id), timezone)
    return widened(
        run,
        RunWithGraph,
        timezone=zoned.timezone,
        graph=workflow.predecessors,
        estimate_seconds=run_estimate(database, run.workflow_id),
    )
