"""The queue: waiting runs, runs in progress, and cancellation requests. Read in every pass of an engine."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, select, update

from workflow_scheduler.domain.run import Run, RunState
from workflow_scheduler.domain.schedule import OverlapScope

from .runs import run_from
from .tables import OPEN_RUNS, runs

__all__ = ["any_queued", "cancel_requests", "one_engine_at_a_time", "queued_runs", "request_cancel", "running_counts"]

_OTHER = runs.alias("other")


def _in_progress(alike: ColumnElement[bool]) -> ColumnElement[bool]:
    # Not "is running": for that SQLite would look at all that run, for each that waits.
    return exists().where(_OTHER.c.finished_at.is_(None), alike, _OTHER.c.state != RunState.QUEUED.value)


_QUEUED = (
    select(runs)
    .where(
        OPEN_RUNS,
        runs.c.state == RunState.QUEUED.value,
        runs.c.workflow_id.not_in(bindparam("full", expanding=True)),
        ~and_(runs.c.exclusive, _in_progress(_OTHER.c.schedule_id == runs.c.schedule_id)),
        ~and_(
            runs.c.exclusive,
            runs.c.exclusive_scope == OverlapScope.WORKFLOW.value,
            _in_progress(_OTHER.c.workflow_id == runs.c.workflow_id),
        ),
    )
    .order_by(runs.c.queued_at, runs.c.nominal_utc, runs.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=runs)
)
_QUEUED_MINE = _QUEUED.where(runs.c.engine_id == bindparam("engine_id"))
_QUEUED_ANY = _QUEUED.where(runs.c.engine_id.is_(None))


def queued_runs(db: Connection, full: Collection[str], most: int, *, owner: int | None) -> list[Run]:
    """Runs that may start, longest waiting first: unreserved ones, or (with `owner`) those reserved for that engine.

    Left out are those of the workflows in `full` and those whose schedule, or workflow, has a run in progress already.
    """
    values: dict[str, Any] = {"full": list(full), "most": most}
    if owner is None:
        return [run_from(row) for row in db.execute(_QUEUED_ANY, values)]
    return [run_from(row) for row in db.execute(_QUEUED_MINE, values | {"engine_id": owner})]


_WAITING = select(runs.c.id).where(OPEN_RUNS, runs.c.state == RunState.QUEUED.value).limit(1)
_WAITING_MINE = _WAITING.where(runs.c.engine_id == bindparam("engine_id"))
_WAITING_ANY = _WAITING.where(runs.c.engine_id.is_(None))


def any_queued(db: Connection, *, owner: int | None) -> bool:
    """Whether runs wait for any reason: unreserved ones, or (with `owner`) those reserved for that engine."""
    found = db.execute(_WAITING_ANY) if owner is None else db.execute(_WAITING_MINE, {"engine_id": owner})
    return found.first() is not None


_STARTING = 7_351_405


def one_engine_at_a_time(db: Connection) -> None:
    """Until this transaction ends, no other engine counts what is in progress: it would not see what this one starts.

    SQLite has one writer at a time anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_STARTING)))


_COUNTS = (
    select(runs.c.workflow_id, func.count())
    .where(OPEN_RUNS, runs.c.state == RunState.RUNNING.value)
    .group_by(runs.c.workflow_id)
)


def running_counts(db: Connection) -> dict[str, int]:
    """How many runs of each workflow are in progress."""
    return {row[0]: row[1] for row in db.execute(_COUNTS)}


_CANCEL = select(runs.c.id).where(
    OPEN_RUNS,
    runs.c.state == RunState.RUNNING.value,
    runs.c.engine_id == bindparam("engine_id"),
    runs.c.cancel_reason.is_not(None),
)


def cancel_requests(db: Connection, engine_id: int) -> list[str]:
    """The running runs of this engine that somebody asked to be cancelled."""
    return list(db.execute(_CANCEL, {"engine_id": engine_id}).scalars())


def request_cancel(db: Connection, run_ids: Collection[str], reason: str) -> None:
    """Ask the engine to cancel runs that are in progress."""
    query = update(runs).where(runs.c.id.in_(list(run_ids)), runs.c.state == RunState.RUNNING.value)
    db.execute(query.where(runs.c.cancel_reason.is_(None)).values(cancel_reason=reason))
