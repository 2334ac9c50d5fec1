"""Runs as a person sees them: one with its tasks and attempts, and lists a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from workflow_scheduler.domain.run import Attempt, Run, RunState, TaskRun
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.pagination import after_run, run_behind
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import catalog, pages, views
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.engines import EngineRow

from .bytes_written import bytes_written
from .last_lines import with_last_lines

__all__ = [
    "environment_words",
    "estimate",
    "get_run",
    "open_runs",
    "run_detail",
    "run_estimate",
    "run_list",
    "run_page",
    "run_shape",
    "zoned_runs",
]


_Moments = Mapping[tuple[str | None, int | None], datetime]
"""By task and attempt."""


def run_list(
    database: Database,
    *,
    limit: int | None = 20,
    workflow_id: str | None = None,
    schedule_id: str | None = None,
    state: RunState | None = None,
    since: datetime | None = None,
) -> list[dict[str, Any]]:
    found = database.read(
        lambda db: views.list_runs(
            db, limit=limit, workflow_id=workflow_id, schedule_id=schedule_id, state=state, since=since
        )
    )
    return [run_shape(run) for run in found]


def run_page(
    database: Database,
    *,
    limit: int,
    cursor: str | None,
    workflow_id: str | None,
    schedule_id: str | None,
    state: RunState | None,
    since: datetime | None,
    q: str | None,
) -> dict[str, Any]:
    """The newest runs first. The order is stable: runs that come meanwhile do not shift the pages behind."""

    def work(db: Connection) -> dict[str, Any]:
        found = views.list_runs(
            db,
            limit=limit + 1,
            workflow_id=workflow_id,
            schedule_id=schedule_id,
            state=state,
            since=since,
            before=run_behind(cursor),
            like=q or None,
        )
        shown = found[:limit]
        more = len(found) > limit
        return {"items": zoned_runs(db, shown), "next_cursor": after_run(shown[-1]) if more else None}

    return database.read(work)


def get_run(database: Database, home: Path, run_id: str) -> dict[str, Any]:
    """A run with its tasks and attempts."""

    def work(
        db: Connection,
    ) -> tuple[Run, list[tuple[TaskRun, list[Attempt]]], Workflow, _Moments, EngineRow | None]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        checks = event_store.moments_of(db, run_id, "attempt.checking_outputs")
        version = catalog.find_version(db, run.workflow_id, run.version)
        engine = engine_store.engines_of(db, [run.engine_id]).get(run.engine_id) if run.engine_id else None
        return run, views.task_history(db, run_id), version, checks, engine

    run, history, workflow, checks, engine = database.read(work)
    if not history:  # not started yet: its tasks wait
        history = [(TaskRun(run_id, task.id, at), []) for at, task in enumerate(workflow.tasks)]
    tasks = [_task_shape(home, one, attempts, checks) for one, attempts in history]
    return {**run_shape(run), "environment": environment_words(engine), "tasks": tasks}


def _task_shape(home: Path, one: TaskRun, attempts: Sequence[Attempt], checks: _Moments) -> dict[str, Any]:
    return {
        "id": one.task_id,
        "state": one.state.value,
        "reason": one.reason,
        "started_at": iso(one.started_at),
        "finished_at": iso(one.finished_at),
        "retry_at": iso(one.retry_at),
        "attempts": [_attempt_shape(home, attempt, checks.get((one.task_id, attempt.number))) for attempt in attempts],
    }


def _attempt_shape(home: Path, one: Attempt, checking_at: datetime | None) -> dict[str, Any]:
    folder = attempt_folder(home, one.key)
    written = bytes_written(folder)
    return {
        "number": one.number,
        "state": one.state.value,
        "exit_code": one.exit_code,
        "reason": one.reason,
        "pid": one.pid,
        "started_at": iso(one.started_at),
        "finished_at": iso(one.finished_at),
        "stdout": str(folder / "stdout.log"),
        "stderr": str(folder / "stderr.log"),
        "stdout_bytes": _size(folder / "stdout.log"),
        "stderr_bytes": _size(folder / "stderr.log"),
        "stdout_written": written["stdout"],
        "stderr_written": written["stderr"],
        "checking_at": iso(checking_at),
        "outputs": [dict(output) for output in one.outputs],
    }


def environment_words(engine: EngineRow | None) -> str:
    """Whose environment the commands of a run have, as far as it is known; empty before it starts."""
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
    except OSError:  # nothing was written, or it is forgotten by now
        return 0


def run_detail(database: Database, home: Path, run_id: str) -> dict[str, Any]:
    """A run with its tasks, their attempts, the last lines of those that failed, and what waits for what."""

    def work(db: Connection) -> tuple[Workflow, dict[str, Any]]:
        run = run_store.find_run(db, run_id)
        if run is None:
            raise no_such("run", run_id)
        return catalog.find_version(db, run.workflow_id, run.version), zoned_runs(db, [run])[0]

    workflow, zoned = database.read(work)
    shape = {**zoned, **with_last_lines(home, get_run(database, home, run_id))}
    return {
        **shape,
        "graph": {task: list(before) for task, before in workflow.predecessors.items()},
        "estimate_seconds": run_estimate(database, shape["workflow_id"]),
    }


def run_estimate(database: Database, workflow_id: str) -> float | None:
    """Seconds that a run of the workflow may take: the median of the last successful ones."""
    return database.read(lambda db: estimate(db, workflow_id))


def estimate(db: Connection, workflow_id: str) -> float | None:
    """See `run_estimate`."""
    seconds = views.past_seconds(db, workflow_id)
    return median(seconds) if seconds else None


def open_runs(database: Database) -> dict[str, int]:
    """How many runs are queued and running."""
    counts = database.read(views.run_counts)
    return {state: counts.get(state, 0) for state in ("queued", "running")}


def zoned_runs(db: Connection, found: Sequence[Run]) -> list[dict[str, Any]]:
    """The runs, each with the zone of its schedule, if it has one that is still there."""
    zones = pages.timezones(db, {run.schedule_id for run in found if run.schedule_id})
    return [{**run_shape(run), "timezone": zones.get(run.schedule_id or "")} for run in found]


def run_shape(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "workflow_id": run.workflow_id,
        "version": run.version,
        "state": run.state.value,
        "reason": run.reason,
        "schedule_id": run.schedule_id,
        "nominal_utc": iso(run.nominal),
        "queued_at": iso(run.queued_at),
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "retry_of": run.retry_of,
        "started_by": run.started_by,
        "cause": run.cause,
        "cancel_requested": run.cancel_reason is not None and not run.over,
    }
