"""The queue: waiting runs, runs in progress, and cancellation requests. Read in every pass of an engine."""

from __future__ import annotations

from collections.abc import Collection

from workflow_scheduler.domain.backfill import MOST_PARALLEL
from workflow_scheduler.domain.run import Run

from .runs import OPEN_RUNS, RUN_COLUMNS, run_from
from .sql import Connection

__all__ = [
    "any_queued",
    "cancel_requests",
    "one_engine_at_a_time",
    "queued_backfill_runs",
    "queued_runs",
    "request_cancel",
    "running_counts",
]

# Of others "not queued", not "running": for that SQLite would look at all that run, for each that waits.
_IN_PROGRESS = "EXISTS (SELECT 1 FROM runs AS other WHERE other.finished_at IS NULL AND {} AND other.state <> 'queued')"
_QUEUED = f"""
    SELECT {RUN_COLUMNS} FROM runs
    WHERE {OPEN_RUNS} AND runs.state = 'queued' AND runs.workflow_id NOT IN :full
        AND NOT (runs.exclusive AND {_IN_PROGRESS.format("other.schedule_id = runs.schedule_id")})
        AND NOT (runs.exclusive AND runs.exclusive_scope = 'workflow'
            AND {_IN_PROGRESS.format("other.workflow_id = runs.workflow_id")})
        AND {{whose}} AND {{of}}
    ORDER BY runs.queued_at, runs.nominal_utc, runs.id LIMIT :most
    /*postgresql FOR UPDATE OF runs SKIP LOCKED*/"""
_NOBODYS, _MINE = "runs.engine_id IS NULL", "runs.engine_id = :owner"
_OF_NONE = "runs.backfill_id IS NULL"
# They give way to what waits, and to a run that allows no other beside it.
_OF_BACKFILLS = """runs.backfill_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM runs AS other WHERE other.finished_at IS NULL AND other.state = 'queued'
            AND other.workflow_id = runs.workflow_id AND other.backfill_id IS NULL)
        AND NOT EXISTS (SELECT 1 FROM runs AS other WHERE other.finished_at IS NULL AND other.state <> 'queued'
            AND other.workflow_id = runs.workflow_id AND other.exclusive
            AND (other.schedule_id = runs.schedule_id OR other.exclusive_scope = 'workflow'))"""
_QUEUED_ANY, _QUEUED_MINE = (_QUEUED.format(whose=whose, of=_OF_NONE) for whose in (_NOBODYS, _MINE))
_QUEUED_BACKFILLS = _QUEUED.format(whose=_NOBODYS, of=_OF_BACKFILLS)


def queued_runs(db: Connection, full: Collection[str], most: int, *, owner: int | None) -> list[Run]:
    """Runs that may start, longest waiting first: unreserved ones, or (with `owner`) those reserved for that engine.

    Without those of backfills, of the workflows in `full`, and those whose schedule or workflow has a run in progress.
    """
    if owner is None:
        rows = db.rows(_QUEUED_ANY, full=full, most=most)
    else:
        rows = db.rows(_QUEUED_MINE, full=full, most=most, owner=owner)
    return [run_from(row) for row in rows]


def queued_backfill_runs(db: Connection, full: Collection[str]) -> list[Run]:
    """The same of the runs of backfills, which start after all others."""
    return [run_from(row) for row in db.rows(_QUEUED_BACKFILLS, full=full, most=MOST_PARALLEL)]


_WAITING = f"SELECT runs.id FROM runs WHERE {OPEN_RUNS} AND runs.state = 'queued' AND %s LIMIT 1"
_WAITING_ANY, _WAITING_MINE = _WAITING % _NOBODYS, _WAITING % _MINE


def any_queued(db: Connection, *, owner: int | None) -> bool:
    """Whether runs wait, for any reason: unreserved ones, or (with `owner`) those reserved for that engine."""
    row = db.row(_WAITING_ANY) if owner is None else db.row(_WAITING_MINE, owner=owner)
    return row is not None


def one_engine_at_a_time(db: Connection) -> None:
    """Until this transaction ends, no other engine counts the runs in progress: it would not see those that this one
    starts."""
    db.one_at_a_time(7_351_405)


def running_counts(db: Connection) -> dict[str, int]:
    """The number of runs in progress of each workflow."""
    query = f"SELECT workflow_id, count(*) FROM runs WHERE {OPEN_RUNS} AND state = 'running' GROUP BY workflow_id"
    return {row[0]: row[1] for row in db.rows(query)}


def cancel_requests(db: Connection, engine_id: int) -> list[str]:
    """The running runs of this engine with a request to cancel."""
    query = f"""
        SELECT id FROM runs
        WHERE {OPEN_RUNS} AND state = 'running' AND engine_id = :engine_id AND cancel_reason IS NOT NULL"""
    return db.column(query, engine_id=engine_id)


def request_cancel(db: Connection, run_ids: Collection[str], reason: str) -> None:
    """Ask the engine to cancel runs that are in progress."""
    query = """
        UPDATE runs SET cancel_reason = :reason
        WHERE id IN :run_ids AND state = 'running' AND cancel_reason IS NULL"""
    db.run(query, run_ids=run_ids, reason=reason)
