"""What a person can see, as plain values in the shapes that `--json` promises. Moments are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.errors import InvalidInput, NotFound
from workflow_scheduler.domain.identifiers import first_unused
from workflow_scheduler.domain.run import Attempt, Run, RunState, TaskRun
from workflow_scheduler.domain.schedule import Schedule, written
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.executors.folders import attempt_folder
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import catalog, pages, views
from workflow_scheduler.storage import engines as engine_store
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import fires as fire_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.storage.engines import EngineRow

from .bytes_written import bytes_written

__all__ = ["Queries", "coming_fires", "estimate", "fires_of", "run_shape", "schedule_shape", "zoned_runs"]

_Moments = Mapping[tuple[str | None, int | None], datetime]
"""By task and attempt."""


def fires_of(spec: Mapping[str, Any], timezone: str, start: datetime, count: int) -> list[dict[str, str]]:
    """The next fires after `start`, in UTC and in the schedule's zone, with what a change of the clock does to each.

    A stored schedule that cannot be read has none.
    """
    from workflow_scheduler.triggers import build, following  # noqa: PLC0415  lists do without, and without APScheduler

    try:
        trigger = build(dict(spec), timezone)
    except InvalidInput:
        return []
    zone = ZoneInfo(timezone)
    return [
        {
            "utc": iso(moment) or "",
            "local": moment.astimezone(zone).isoformat(),
            **({"note": shift.words} if (shift := trigger.shift(moment)) else {}),
        }
        for moment in following(trigger, start, count)
    ]


def coming_fires(schedule: Schedule, start: datetime, count: int) -> list[dict[str, str]]:
    """The next fires of a stored schedule; none if it cannot be read."""
    return [] if schedule.problem else fires_of(schedule.spec, schedule.timezone, start, count)


class Queries:
    """Looks into one home. Nothing here writes."""

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self._home = home

    def workflow_list(self) -> list[dict[str, Any]]:
        rows = self._database.read(views.list_workflows)
        return [
            {
                "id": name,
                "description": stored["description"],
                "tasks": len(stored["tasks"]),
                "version": version,
                "enabled": stored["enabled"],
                "labels": stored["labels"],
                "last_state": last_state,
                "next_utc": iso(next_due),
            }
            for name, version, stored, last_state, next_due in rows
        ]

    def workflow(self, workflow_id: str) -> tuple[Workflow, int, list[Schedule]]:
        """The newest version, its number, and the schedules."""

        def work(db: Connection) -> tuple[Workflow, int, list[Schedule]]:
            found = catalog.find_workflow(db, workflow_id)
            if found is None:
                raise NotFound(f"There is no workflow {workflow_id!r}; see them with 'scheduler workflow list'.")
            return *found, catalog.list_schedules(db, workflow_id)

        return self._database.read(work)

    def schedules_of(self, workflow_id: str) -> list[Schedule]:
        return self._database.read(lambda db: catalog.list_schedules(db, workflow_id))

    def next_task_id(self, workflow_id: str) -> str:
        return first_unused("task", {task.id for task in self.workflow(workflow_id)[0].tasks})

    def workflow_ids(self) -> list[str]:
        return self._database.read(catalog.workflow_ids)

    def newest_workflow_id(self) -> str | None:
        """The workflow that was made last: what a person most likely goes on with."""
        return self._database.read(catalog.newest_workflow_id)

    def schedule_list(self, workflow_id: str | None = None) -> list[dict[str, Any]]:
        def work(db: Connection) -> tuple[list[Schedule], set[str]]:
            rows = views.list_workflows(db)
            return catalog.list_schedules(db, workflow_id), {row[0] for row in rows if not row[2]["enabled"]}

        found, disabled = self._database.read(work)
        return [schedule_shape(one, workflow_enabled=one.workflow_id not in disabled) for one in found]

    def coming(self, most: int) -> tuple[int, list[dict[str, Any]]]:
        """How many schedules will be due again, and the next of them."""

        def work(db: Connection) -> tuple[int, list[tuple[str, str, str, datetime]]]:
            return views.schedules_to_come(db), views.next_schedules(db, most)

        count, found = self._database.read(work)
        names = ("id", "workflow_id", "timezone")
        return count, [{**dict(zip(names, row, strict=False)), "next_utc": iso(row[3])} for row in found]

    def schedule(self, schedule_id: str) -> Schedule:
        found = self._database.read(lambda db: catalog.find_schedule(db, schedule_id))
        if found is None:
            raise NotFound(f"There is no schedule {schedule_id!r}; see them with 'scheduler schedule list'.")
        return found

    def fire_list(self, schedule_id: str, limit: int | None) -> list[dict[str, Any]]:
        def work(db: Connection) -> list[Any]:
            if schedule_id not in catalog.schedule_ids_ever(db):
                raise NotFound(f"There is no schedule {schedule_id!r}; see them with 'scheduler schedule list'.")
            return list(fire_store.list_fires(db, schedule_id, limit))

        return [
            {
                "nominal_utc": iso(fire.nominal),
                "disposition": fire.disposition.value,
                "run_id": fire.run_id,
                "reason": fire.reason,
                "until_utc": iso(fire.until),
                "count": fire.count,
            }
            for fire in self._database.read(work)
        ]

    def run_list(
        self,
        *,
        limit: int | None = 20,
        workflow_id: str | None = None,
        schedule_id: str | None = None,
        state: RunState | None = None,
        since: datetime | None = None,
    ) -> list[dict[str, Any]]:
        found = self._database.read(
            lambda db: views.list_runs(
                db, limit=limit, workflow_id=workflow_id, schedule_id=schedule_id, state=state, since=since
            )
        )
        return [run_shape(run) for run in found]

    def run(self, run_id: str) -> dict[str, Any]:
        """A run with its tasks and attempts."""

        def work(
            db: Connection,
        ) -> tuple[Run, list[tuple[TaskRun, list[Attempt]]], Workflow, _Moments, EngineRow | None]:
            run = run_store.find_run(db, run_id)
            if run is None:
                raise NotFound(f"There is no run {run_id!r}; see them with 'scheduler runs list'.")
            checks = event_store.moments_of(db, run_id, "attempt.checking_outputs")
            version = catalog.find_version(db, run.workflow_id, run.version)
            engine = engine_store.engines_of(db, [run.engine_id]).get(run.engine_id) if run.engine_id else None
            return run, views.task_history(db, run_id), version, checks, engine

        run, history, workflow, checks, engine = self._database.read(work)
        if not history:  # not started yet: its tasks wait
            history = [(TaskRun(run_id, task.id, at), []) for at, task in enumerate(workflow.tasks)]
        tasks = [self._task_shape(one, attempts, checks) for one, attempts in history]
        return {**run_shape(run), "environment": environment_words(engine), "tasks": tasks}

    def estimate(self, workflow_id: str) -> float | None:
        """Seconds that a run of the workflow may take: the median of the last successful ones."""
        return self._database.read(lambda db: estimate(db, workflow_id))

    def open_runs(self) -> dict[str, int]:
        """How many runs are queued and running."""
        counts = self._database.read(views.run_counts)
        return {state: counts.get(state, 0) for state in ("queued", "running")}

    def _task_shape(self, one: TaskRun, attempts: Sequence[Attempt], checks: _Moments) -> dict[str, Any]:
        return {
            "id": one.task_id,
            "state": one.state.value,
            "reason": one.reason,
            "started_at": iso(one.started_at),
            "finished_at": iso(one.finished_at),
            "retry_at": iso(one.retry_at),
            "attempts": [
                self._attempt_shape(attempt, checks.get((one.task_id, attempt.number))) for attempt in attempts
            ],
        }

    def _attempt_shape(self, one: Attempt, checking_at: datetime | None) -> dict[str, Any]:
        folder = attempt_folder(self._home, (one.run_id, one.task_id, one.number))
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


def estimate(db: Connection, workflow_id: str) -> float | None:
    """See `Queries.estimate`."""
    seconds = views.past_seconds(db, workflow_id)
    return median(seconds) if seconds else None


def schedule_shape(one: Schedule, *, workflow_enabled: bool = True) -> dict[str, Any]:
    from workflow_scheduler.triggers import describe, problem_of  # noqa: PLC0415  lists do without APScheduler

    problem = one.problem or problem_of(one.spec, one.timezone)
    return {
        "id": one.id,
        "workflow_id": one.workflow_id,
        "description": f"Cannot be read: {problem}" if problem else describe(one.spec, one.timezone),
        "problem": problem,
        "spec": written(one.spec),
        "timezone": one.timezone,
        "catchup": one.catchup.value,
        "catchup_window": one.catchup_window,
        "overlap": one.overlap.value,
        "overlap_scope": one.overlap_scope.value,
        "wake": one.wake,
        "enabled": one.enabled and workflow_enabled,
        "paused": not one.enabled,
        "next_utc": iso(one.next_due),
    }


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
