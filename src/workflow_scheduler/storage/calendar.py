"""Past fires by stretches of time: runs of schedules, and fires without one. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from .tables import PASSED_OVER, fires, runs, schedules

__all__ = ["Group", "passed_over_groups", "passed_over_totals", "run_groups", "run_totals"]


@dataclass(frozen=True, slots=True)
class Group:
    """Runs, or fires without one, of one schedule that ended alike. `stretch`: in which of the stretches they were due."""

    stretch: int
    schedule_id: str
    workflow_id: str | None
    state: str
    count: int
    first: datetime
    last: datetime
    reason: str


def _stretch(column: Any, edges: Sequence[datetime]) -> Any:
    """The index of the stretch between the edges that contains a time, from 0."""
    return case(*((column < edge, at) for at, edge in enumerate(edges[1:])), else_=len(edges) - 2)


def _due(edges: Sequence[datetime], until: datetime) -> Select[Any]:
    start, end = edges[0], edges[-1]
    return (
        select(
            _stretch(runs.c.nominal_utc, edges).label("stretch"),
            runs.c.schedule_id,
            runs.c.workflow_id,
            runs.c.state,
            runs.c.nominal_utc,
            runs.c.reason,
        )
        .where(runs.c.queued_at >= start, runs.c.queued_at < until)
        .where(runs.c.nominal_utc >= start, runs.c.nominal_utc < end)
    )


def run_totals(db: Connection, edges: Sequence[datetime], until: datetime) -> list[tuple[int, str, int]]:
    """How many runs were due between any two edges, by state, if they were queued before `until`."""
    due = _due(edges, until).subquery()
    query = select(due.c.stretch, due.c.state, func.count()).group_by(due.c.stretch, due.c.state)
    return [(row[0], row[1], row[2]) for row in db.execute(query)]


def run_groups(db: Connection, edges: Sequence[datetime], until: datetime, least: int, most: int) -> list[Group]:
    """The runs of schedules with at least this many in one stretch; at most `most` groups, in order."""
    due = _due(edges, until).subquery()
    often = select(due.c.schedule_id).group_by(due.c.schedule_id, due.c.stretch).having(func.count() >= least)
    key = (due.c.stretch, due.c.schedule_id, due.c.workflow_id, due.c.state)
    query = (
        select(*key, func.count(), func.min(due.c.nominal_utc), func.max(due.c.nominal_utc), func.max(due.c.reason))
        .where(due.c.schedule_id.in_(often))
        .group_by(*key)
        .order_by(due.c.stretch, due.c.schedule_id, due.c.state)
        .limit(most)
    )
    return [Group(*row) for row in db.execute(query)]


def _passed_over(edges: Sequence[datetime]) -> Select[Any]:
    return select(
        _stretch(fires.c.nominal_utc, edges).label("stretch"),
        fires.c.schedule_id,
        fires.c.disposition,
        fires.c.nominal_utc,
        func.coalesce(fires.c.until_utc, fires.c.nominal_utc).label("until_utc"),
        fires.c["count"].label("number"),
        fires.c.reason,
    ).where(PASSED_OVER, fires.c.nominal_utc >= edges[0], fires.c.nominal_utc < edges[-1])


def passed_over_totals(db: Connection, edges: Sequence[datetime]) -> list[tuple[int, str, int]]:
    """How many fires got no run between any two edges, by disposition; a row for several counts where it begins."""
    found = _passed_over(edges).subquery()
    query = select(found.c.stretch, found.c.disposition, func.sum(found.c.number))
    return [(row[0], row[1], int(row[2])) for row in db.execute(query.group_by(found.c.stretch, found.c.disposition))]


def passed_over_groups(db: Connection, edges: Sequence[datetime], most: int) -> list[Group]:
    """The fires that got no run, those of a schedule and a disposition together; the newest `most` of these, newest first."""
    found = _passed_over(edges).subquery()
    key = (found.c.stretch, found.c.schedule_id, schedules.c.workflow_id, found.c.disposition)
    query = (
        select(
            *key,
            func.sum(found.c.number),
            func.min(found.c.nominal_utc).label("first"),
            func.max(found.c.until_utc),
            func.max(found.c.reason),
        )
        .outerjoin(schedules, schedules.c.id == found.c.schedule_id)
        .group_by(*key)
        .order_by(func.min(found.c.nominal_utc).desc())
        .limit(most)
    )
    return [Group(*row[:4], int(row[4]), *row[5:]) for row in db.execute(query)]
