"""Bounded queries over runs, fires, versions and schedules. Read only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, String, func, select

from workflow_scheduler.domain.run import Run, RunState, TaskRunState
from workflow_scheduler.domain.schedule import Schedule

from .catalog import schedule_from
from .runs import run_from
from .tables import OPEN_RUNS, runs, schedules, task_runs, workflow_versions, workflows

__all__ = [
    "catalog_mark",
    "coming",
    "ended_badly",
    "hour_counts",
    "last_runs",
    "late_schedules",
    "out_of_service",
    "running_runs",
    "scheduled_runs",
    "state_counts",
    "task_counts",
    "timezones",
    "timings",
    "version_moments",
    "walk_schedules",
]

_BAD = (RunState.FAILED.value, RunState.UNKNOWN.value)
_LONGEST = timedelta(days=7)
_UNDONE = (TaskRunState.PENDING.value, TaskRunState.RUNNING.value, TaskRunState.WAITING.value)


def last_runs(db: Connection, workflow_id: str, most: int) -> list[Run]:
    """The last runs of a workflow, oldest of them first."""
    query = select(runs).where(runs.c.workflow_id == workflow_id).order_by(runs.c.queued_at.desc()).limit(most)
    return [run_from(row) for row in db.execute(query)][::-1]


def running_runs(db: Connection, most: int) -> list[Run]:
    """The runs in progress, longest first."""
    query = select(runs).where(OPEN_RUNS, runs.c.state == RunState.RUNNING.value).order_by(runs.c.queued_at).limit(most)
    return [run_from(row) for row in db.execute(query)]


def ended_badly(db: Connection, since: datetime, most: int) -> list[Run]:
    """The runs that failed since then, or whose result is unknown, newest first; of those that were queued up to a week
    before."""
    found: list[Run] = []
    for state in _BAD:
        query = select(runs).where(runs.c.state == state, runs.c.queued_at >= since - _LONGEST)
        query = query.where(runs.c.finished_at >= since)
        found += [run_from(row) for row in db.execute(query.order_by(runs.c.queued_at.desc()).limit(most))]
    return sorted(found, key=lambda run: run.queued_at, reverse=True)[:most]


def task_counts(db: Connection, run_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """For each started run, how many of its tasks have ended, and how many there are."""
    undone = func.count().filter(task_runs.c.state.in_(_UNDONE))
    query = select(task_runs.c.run_id, func.count() - undone, func.count())
    query = query.where(task_runs.c.run_id.in_(list(run_ids))).group_by(task_runs.c.run_id)
    return {row[0]: (row[1], row[2]) for row in db.execute(query)}


def state_counts(db: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """How many runs were queued in that time, by state."""
    query = select(runs.c.state, func.count()).where(runs.c.queued_at >= start, runs.c.queued_at < end)
    return {row[0]: row[1] for row in db.execute(query.group_by(runs.c.state))}


def hour_counts(db: Connection, start: datetime) -> dict[tuple[str, str], int]:
    """How many runs were queued since then, by the hour in UTC (such as `2026-11-24 01`) and the state."""
    hour: ColumnElement[str] = func.substr(runs.c.queued_at, 1, 13, type_=String)
    if db.dialect.name == "postgresql":
        hour = func.to_char(func.timezone("UTC", runs.c.queued_at), "YYYY-MM-DD HH24", type_=String)
    query = select(hour, runs.c.state, func.count()).where(runs.c.queued_at >= start).group_by(hour, runs.c.state)
    return {(row[0], row[1]): row[2] for row in db.execute(query)}


def timezones(db: Connection, schedule_ids: Collection[str]) -> dict[str, str]:
    """The zones of those of the schedules that are still there."""
    query = select(schedules.c.id, schedules.c.timezone).where(schedules.c.id.in_(list(schedule_ids)))
    return {row[0]: row[1] for row in db.execute(query)}


def timings(
    db: Connection, since: datetime, most: int
) -> list[tuple[datetime | None, datetime | None, datetime | None]]:
    """When the last runs were due (by their schedules), started and finished; at most this many, newest first."""
    query = select(runs.c.nominal_utc, runs.c.started_at, runs.c.finished_at).where(runs.c.queued_at >= since)
    return [(row[0], row[1], row[2]) for row in db.execute(query.order_by(runs.c.queued_at.desc()).limit(most))]


def scheduled_runs(
    db: Connection, start: datetime, end: datetime, until: datetime, most: int, without: Collection[str] = ()
) -> list[Run]:
    """The runs that were due in that time, if they were queued before `until`, in order; not those of some schedules."""
    query = (
        select(runs)
        .where(runs.c.queued_at >= start, runs.c.queued_at < until)
        .where(runs.c.nominal_utc >= start, runs.c.nominal_utc < end)
        .where(runs.c.schedule_id.not_in(list(without)))
        .order_by(runs.c.queued_at)
        .limit(most)
    )
    return [run_from(row) for row in db.execute(query)]


def coming(db: Connection, until: datetime, most: int, since: datetime | None = None) -> list[Schedule]:
    """The schedules that are due next, up to the time and not before `since`, earliest first."""
    query = select(schedules).where(schedules.c.next_due_utc <= until).order_by(schedules.c.next_due_utc).limit(most)
    if since is not None:
        query = query.where(schedules.c.next_due_utc >= since)
    return [schedule_from(row) for row in db.execute(query)]


def out_of_service(db: Connection, most: int) -> tuple[list[tuple[str, str]], list[str]]:
    """The schedules that are paused, each with its workflow, and the workflows that are disabled; up to `most` of each."""
    paused = select(schedules.c.id, schedules.c.workflow_id).where(~schedules.c.enabled).order_by(schedules.c.id)
    disabled = (
        select(workflows.c.id)
        .join(
            workflow_versions,
            (workflow_versions.c.workflow_id == workflows.c.id) & (workflow_versions.c.version == workflows.c.version),
        )
        .where(~workflow_versions.c.definition["enabled"].as_boolean())
        .order_by(workflows.c.id)
    )
    rows = [(row[0], row[1]) for row in db.execute(paused.limit(most))]
    return rows, list(db.execute(disabled.limit(most)).scalars())


def late_schedules(db: Connection, before: datetime, most: int) -> list[Schedule]:
    """The schedules that were due before then and are not accounted for, the latest first."""
    query = select(schedules).where(schedules.c.next_due_utc < before).order_by(schedules.c.next_due_utc).limit(most)
    return [schedule_from(row) for row in db.execute(query)]


def version_moments(db: Connection, workflow_id: str) -> list[tuple[int, datetime]]:
    """Every version that is kept, newest first, and when it was saved."""
    query = select(workflow_versions.c.version, workflow_versions.c.saved_at)
    query = query.where(workflow_versions.c.workflow_id == workflow_id).order_by(workflow_versions.c.version.desc())
    return [(row[0], row[1]) for row in db.execute(query)]


def walk_schedules(db: Connection, after: str, workflow_id: str | None) -> Iterator[tuple[Schedule, bool]]:
    """The schedules behind that identifier, each with whether its workflow is enabled; no more are read than are taken."""
    enabled = workflow_versions.c.definition["enabled"].as_boolean()
    query = (
        select(schedules, enabled.label("workflow_enabled"))
        .join(workflows, workflows.c.id == schedules.c.workflow_id)
        .join(
            workflow_versions,
            (workflow_versions.c.workflow_id == workflows.c.id) & (workflow_versions.c.version == workflows.c.version),
        )
        .where(schedules.c.id > after)
        .order_by(schedules.c.id)
        .execution_options(yield_per=200)
    )
    if workflow_id is not None:
        query = query.where(schedules.c.workflow_id == workflow_id)
    with db.execute(query) as rows:
        for row in rows:
            yield schedule_from(row), row.workflow_enabled


def catalog_mark(db: Connection) -> tuple[object, ...]:
    """Another one after workflows or schedules were changed."""
    one = db.execute(select(func.count(), func.sum(workflows.c.version), func.max(workflows.c.updated_at))).one()
    other = db.execute(select(func.count(), func.sum(schedules.c.generation)).select_from(schedules)).one()
    return (*one, *other)
