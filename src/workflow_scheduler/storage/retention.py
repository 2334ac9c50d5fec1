"""Pruning: finds old history and deletes it in small transactions of the caller."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, or_, select, tuple_

from workflow_scheduler.domain.run import RunState

from .engines import engines_with_work
from .tables import attempts, engines, events, fires, runs, task_runs, workflow_versions

__all__ = ["delete_engines", "delete_events", "delete_fires", "delete_runs", "older_runs", "runs_beyond"]

_OVER = runs.c.state.not_in([RunState.QUEUED.value, RunState.RUNNING.value])
_NEWER = runs.alias("newer")
_NOT_THE_LAST = exists().where(
    _NEWER.c.workflow_id == runs.c.workflow_id,
    or_(_NEWER.c.queued_at > runs.c.queued_at, and_(_NEWER.c.queued_at == runs.c.queued_at, _NEWER.c.id > runs.c.id)),
)


def older_runs(db: Connection, before: datetime, most: int | None, but: Collection[str] = ()) -> list[str]:
    """Up to `most` runs, or all, that ended before the moment, oldest first; the last run of each workflow is left out."""
    query = (
        select(runs.c.id)
        .where(
            _OVER, runs.c.queued_at < before, runs.c.finished_at < before, _NOT_THE_LAST, runs.c.id.not_in(list(but))
        )
        .order_by(runs.c.queued_at)
        .limit(most)
    )
    return list(db.execute(query).scalars())


def runs_beyond(db: Connection, kept: int, most: int | None, but: Collection[str] = ()) -> list[str]:
    """Up to `most` runs, or all, that have ended and have at least `kept` newer ones of their workflow."""
    found: list[str] = []
    for workflow_id in db.execute(select(workflow_versions.c.workflow_id).distinct()).scalars():
        of_workflow = select(runs.c.queued_at).where(runs.c.workflow_id == workflow_id)
        edge = db.execute(of_workflow.order_by(runs.c.queued_at.desc()).offset(kept - 1).limit(1)).scalar()
        left = None if most is None else most - len(found)
        if edge is not None and left != 0:
            query = select(runs.c.id).where(_OVER, runs.c.workflow_id == workflow_id, runs.c.queued_at < edge)
            found += db.execute(query.where(runs.c.id.not_in(list(but))).limit(left)).scalars()
    return found


def delete_runs(db: Connection, ids: Collection[str]) -> int:
    """Delete the ended runs with all that belongs to them. Returns their number."""
    chosen = select(runs.c.id, runs.c.schedule_id, runs.c.nominal_utc).where(_OVER, runs.c.id.in_(list(ids)))
    rows = list(db.execute(chosen.with_for_update()))
    gone = [row.id for row in rows]
    fired = [(row.schedule_id, row.nominal_utc) for row in rows if row.nominal_utc is not None]
    for table in (attempts, task_runs, events):
        db.execute(delete(table).where(table.c.run_id.in_(gone)))
    if fired:
        db.execute(delete(fires).where(tuple_(fires.c.schedule_id, fires.c.nominal_utc).in_(fired)))
    db.execute(delete(runs).where(runs.c.id.in_(gone)))
    return len(gone)


def delete_fires(db: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` old fires that got no run. Returns how many there were."""
    old = and_(fires.c.run_id.is_(None), fires.c.nominal_utc < before)
    over = or_(fires.c.until_utc.is_(None), fires.c.until_utc < before)
    keys = list(db.execute(select(fires.c.schedule_id, fires.c.nominal_utc).where(old, over).limit(most)))
    if keys:
        db.execute(
            delete(fires).where(tuple_(fires.c.schedule_id, fires.c.nominal_utc).in_([tuple(key) for key in keys]))
        )
    return len(keys)


def delete_events(db: Connection, before: datetime, after_seq: int, most: int) -> int | None:
    """Delete the old events without a run among the next `most`; the number to go on from, None at the end."""
    query = select(events.c.seq, events.c.at, events.c.run_id).where(events.c.seq > after_seq)
    rows = list(db.execute(query.order_by(events.c.seq).limit(most)))
    gone = [row.seq for row in rows if row.run_id is None and row.at < before]
    if gone:
        db.execute(delete(events).where(events.c.seq.in_(gone)))
    return rows[-1].seq if len(rows) == most and rows[-1].at < before else None


def delete_engines(db: Connection, before: datetime) -> None:
    """Delete the engines that stopped before this time and left nothing behind."""
    working = list(engines_with_work(db))
    db.execute(delete(engines).where(engines.c.stopped_at < before, engines.c.id.not_in(working)))
