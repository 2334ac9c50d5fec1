"""Starts, cancels and retries runs on request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow_scheduler.domain.errors import Refused
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.identifiers import check_identifier, new_run_id
from workflow_scheduler.domain.parameter_values import resolve
from workflow_scheduler.domain.placeholders import Moment
from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.workflow import Workflow
from workflow_scheduler.engine.cancel import cancel_runs
from workflow_scheduler.engine.reuse import reused_tasks
from workflow_scheduler.operations.lookup import no_such
from workflow_scheduler.operations.runs.moments import moment_of_run, nominal_of
from workflow_scheduler.operations.transactions import write_and_wake
from workflow_scheduler.storage import backfills as backfill_store
from workflow_scheduler.storage import catalog, versions
from workflow_scheduler.storage import events as event_store
from workflow_scheduler.storage import runs as run_store
from workflow_scheduler.storage.database import Connection, Database
from workflow_scheduler.system.crash_points import crash_point

__all__ = ["cancel_run", "cancel_runs_of", "request_run", "retry_run", "runs_of"]


def request_run(
    database: Database,
    workflow_id: str,
    now: datetime,
    *,
    run_id: str | None = None,
    engine_id: int | None = None,
    by: str = "local",
    params: Mapping[str, Any] | None = None,
    timezone: str = "UTC",
    time: str | None = None,
) -> str:
    """Queue a run of the newest version, started `by` this user; with `engine_id`, only for that engine. Returns its
    identifier. `params`: values for its parameters; `timezone`: the zone of dates in their defaults. `time`: the time that
    it is for, as a person writes it; None: now. WrongParameters if the values do not fit."""

    def work(db: Connection) -> str:
        found = catalog.find_workflow(db, workflow_id)
        if found is None:
            raise no_such("workflow", workflow_id)
        workflow, version = found
        if not workflow.tasks:
            raise Refused(f"{workflow_id!r} has no tasks yet", hint=f"add one with 'scheduler task add {workflow_id}'")
        run = _new(db, run_id, workflow_id, version, now, f"started by {by}{f' for {time}' if time else ''}", by)
        nominal, zone = nominal_of(db, workflow_id, time, timezone) if time else (None, None)
        values = _resolved(
            workflow, params or {}, lambda: moment_of_run(db, workflow_id, nominal or now, zone or timezone)
        )
        _add(db, replace(run, engine_id=engine_id, params=values, nominal=nominal, timezone=zone))
        return run.id

    return _committed(write_and_wake(database, work))


def cancel_run(database: Database, run_id: str, now: datetime, reason: str = "cancelled by hand") -> None:
    """Request the cancellation of a run. Refused if it has ended."""

    def work(db: Connection) -> None:
        run = _run(db, run_id)
        if run.over:
            raise Refused(f"The run {run_id} has already ended ({run.state.value}); there is nothing to cancel.")
        cancel_runs(db, [run_id], reason, now)

    write_and_wake(database, work)


def retry_run(
    database: Database,
    old_id: str,
    now: datetime,
    *,
    everything: bool = False,
    run_id: str | None = None,
    engine_id: int | None = None,
    by: str = "local",
    params: Mapping[str, Any] | None = None,
    timezone: str = "UTC",
) -> str:
    """Queue a run that starts where an earlier one failed and reuses what succeeded, unless `everything`.

    It has the values of the earlier run, but for those in `params`; with any of these, it starts from the beginning.
    """
    everything = everything or bool(params)

    def work(db: Connection) -> str:
        old = _run(db, old_id)
        if not old.over:
            raise Refused(f"The run {old_id} has not ended ({old.state.value}); wait for it, or cancel it first.")
        if old.state is RunState.SUCCEEDED and not everything:
            raise Refused(f"The run {old_id} succeeded, so nothing is left to retry", hint="use --all to run it again")
        found = catalog.find_workflow(db, old.workflow_id)
        workflow, version = found or (versions.find_version(db, old.workflow_id, old.version), old.version)
        how = "from the start" if everything else "from where it failed"
        if params:
            how += f" with another {', '.join(params)}"
        run = _new(db, run_id, old.workflow_id, version, now, f"retry of {old_id} {how}, started by {by}", by)
        run = replace(run, schedule_id=old.schedule_id, nominal=old.nominal, due=old.due, timezone=old.timezone)
        run = replace(run, backfill_id=old.backfill_id)
        time, zone = old.nominal or old.queued_at, old.timezone or timezone
        kept = {name: value for name, value in (old.params or {}).items() if name in workflow.params}
        values = _resolved(
            workflow, kept | dict(params or {}), lambda: moment_of_run(db, old.workflow_id, time, zone, old.schedule_id)
        )
        _add(db, replace(run, engine_id=engine_id, retry_of=old_id, params=values))
        if not everything:
            run_store.add_task_runs(db, reused_tasks(db, workflow, old_id, run.id))
        if old.backfill_id is not None:
            backfill_store.replace_run(db, old.backfill_id, old_id, run.id)
        return run.id

    return _committed(write_and_wake(database, work))


def runs_of(database: Database, engine_id: int) -> list[str]:
    """The runs in progress of an engine."""
    return database.read(
        lambda db: [run.id for run in run_store.runs_of_engine(db, engine_id) if run.state is RunState.RUNNING]
    )


def cancel_runs_of(database: Database, run_ids: Collection[str], now: datetime, reason: str) -> None:
    """Request the cancellation of runs; ended ones are not changed."""
    if run_ids:
        write_and_wake(database, lambda db: cancel_runs(db, run_ids, reason, now))


def _committed(run_id: str) -> str:
    crash_point("run.after_commit")
    return run_id


def _run(db: Connection, run_id: str) -> Run:
    run = run_store.find_run(db, run_id)
    if run is None:
        raise no_such("run", run_id)
    return run


def _new(db: Connection, run_id: str | None, workflow_id: str, version: int, now: datetime, cause: str, by: str) -> Run:
    name = check_identifier("run", run_id) if run_id else new_run_id(now)
    if run_id and run_store.find_run(db, name) is not None:
        raise Refused(f"The run {name!r} already exists; choose another ID.")
    return Run(name, workflow_id, version, RunState.QUEUED, now, cause, started_by=by[:100], cause=cause)


def _resolved(workflow: Workflow, given: Mapping[str, Any], moment: Callable[[], Moment]) -> dict[str, Any] | None:
    """None for a workflow without parameters."""
    if not workflow.params and not given:
        return None
    return resolve(workflow.params, given, moment(), for_cmd=workflow.read_by_cmd())


def _add(db: Connection, run: Run) -> None:
    run_store.add_runs(db, [run])
    crash_point("run.before_commit")
    event_store.record_events(
        db,
        [Event(run.queued_at, "run.queued", run.workflow_id, run.id, schedule_id=run.schedule_id, reason=run.reason)],
    )
