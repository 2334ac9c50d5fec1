"""Past fires by spans of time: runs of schedules, and fires without a run. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass

from .sql import Connection

__all__ = ["Group", "passed_over_groups", "passed_over_totals", "run_groups", "run_totals"]


@dataclass(frozen=True, slots=True)
class Group:
    """Runs, or fires without one, of one schedule with the same result. `stretch`: the index of the span in which they
    were due."""

    stretch: int
    schedule_id: str
    workflow_id: str | None
    state: str
    count: int
    first: datetime
    last: datetime
    reason: str


def _stretch(column: str, edges: Sequence[datetime]) -> tuple[str, dict[str, datetime]]:
    """The SQL of the index, from 0, of the span between the edges that contains a time, and its values."""
    inner = edges[1:-1]
    whens = " ".join(f"WHEN {column} < :edge_{at} THEN {at}" for at in range(len(inner)))
    values = {f"edge_{at}": edge for at, edge in enumerate(inner)}
    return f"CASE {whens} ELSE {len(inner)} END" if inner else "0", values | {"start": edges[0], "end": edges[-1]}


def _due(edges: Sequence[datetime], until: datetime) -> tuple[str, dict[str, datetime]]:
    stretch, values = _stretch("nominal_utc", edges)
    query = f"""(
        SELECT {stretch} AS stretch, schedule_id, workflow_id, state, nominal_utc, reason FROM runs
        WHERE queued_at >= :start AND queued_at < :until AND nominal_utc >= :start AND nominal_utc < :end) AS due"""
    return query, values | {"until": until}


def run_totals(db: Connection, edges: Sequence[datetime], until: datetime) -> list[tuple[int, str, int]]:
    """The number of runs due in each span, by state, if they were queued before `until`."""
    due, values = _due(edges, until)
    rows = db.rows(f"SELECT stretch, state, count(*) FROM {due} GROUP BY stretch, state", **values)
    return [(row[0], row[1], row[2]) for row in rows]


def run_groups(db: Connection, edges: Sequence[datetime], until: datetime, least: int, most: int) -> list[Group]:
    """The runs of schedules with at least `least` of them in one span; up to `most` groups, in order."""
    due, values = _due(edges, until)
    query = f"""
        SELECT stretch, schedule_id, workflow_id, state, count(*) AS number,
            min(nominal_utc) AS first_utc, max(nominal_utc) AS last_utc, max(reason) AS reason
        FROM {due} WHERE schedule_id IN (
            SELECT schedule_id FROM {due} GROUP BY schedule_id, stretch HAVING count(*) >= :least)
        GROUP BY stretch, schedule_id, workflow_id, state ORDER BY stretch, schedule_id, state LIMIT :most"""
    return [Group(*row) for row in db.rows(query, **values, least=least, most=most)]


def _passed_over(edges: Sequence[datetime]) -> tuple[str, dict[str, datetime]]:
    """Fires without a run: there are few, and people ask about them."""
    stretch, values = _stretch("nominal_utc", edges)
    query = f"""(
        SELECT {stretch} AS stretch, schedule_id, disposition, nominal_utc,
            coalesce(until_utc, nominal_utc) AS until_utc, count AS number, reason FROM fires
        WHERE run_id IS NULL AND nominal_utc >= :start AND nominal_utc < :end) AS passed"""
    return query, values


def passed_over_totals(db: Connection, edges: Sequence[datetime]) -> list[tuple[int, str, int]]:
    """The number of fires without a run in each span, by disposition; a row for several fires counts where it begins."""
    passed, values = _passed_over(edges)
    query = f"SELECT stretch, disposition, sum(number) FROM {passed} GROUP BY stretch, disposition"
    return [(row[0], row[1], int(row[2])) for row in db.rows(query, **values)]


def passed_over_groups(db: Connection, edges: Sequence[datetime], most: int) -> list[Group]:
    """Fires without a run, grouped by schedule and disposition; the newest `most` groups, newest first."""
    passed, values = _passed_over(edges)
    query = f"""
        SELECT passed.stretch, passed.schedule_id, schedules.workflow_id, passed.disposition, sum(passed.number),
            min(passed.nominal_utc) AS first_utc, max(passed.until_utc) AS last_utc, max(passed.reason) AS reason
        FROM {passed} LEFT JOIN schedules ON schedules.id = passed.schedule_id
        GROUP BY passed.stretch, passed.schedule_id, schedules.workflow_id, passed.disposition
        ORDER BY first_utc DESC LIMIT :most"""
    rows = db.rows(query, **values, most=most)
    return [Group(row[0], row[1], row[2], row[3], int(row[4]), row[5], row[6], row[7]) for row in rows]
