"""Watches how long runs and tasks take: a deadline where one begins, and an event where one succeeds too soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from workflow_scheduler.domain.deadlines import USUAL, Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import Run
from workflow_scheduler.storage import deadlines as store
from workflow_scheduler.storage.database import Connection

from .usual_durations import UsualDurations

__all__ = ["Length", "watch_lengths"]


class Length(NamedTuple):
    """A run, or with `task_id` its task, that begins, or that succeeded at `finished_at`. `limit`: seconds, or `usual`."""

    run: Run
    task_id: str
    limit: float | str
    started_at: datetime
    finished_at: datetime | None = None


def watch_lengths(
    db: Connection, begun: list[Length], done: list[Length], usual: UsualDurations, now: datetime
) -> tuple[list[datetime], list[Event]]:
    """Stores the deadlines of what begins. Returns their times, and events about what succeeded too soon."""
    new = list(_long_deadlines(db, begun, usual))
    store.add_deadlines(db, new)
    times = [deadline.due for deadline in new if deadline.look is not None]
    return times, list(_short_events(db, done, usual, now))


def _long_deadlines(db: Connection, begun: list[Length], usual: UsualDurations) -> Iterator[Deadline]:
    """When each of them begins to take too long."""
    for run, task_id, limit, started_at, _ in begun:
        zone = run.timezone or "UTC"
        reason, state, seconds = "", DeadlineState.OPEN, limit
        if seconds == USUAL:
            known = usual.usual(db, run.workflow_id, task_id, started_at, zone)
            if isinstance(known, str):
                reason, state, seconds = known, DeadlineState.VOID, 0.0
            else:
                reason = f"usual: {format_duration(known.median)}, by {known.samples} successes"
                seconds = known.longest
        yield Deadline(
            DeadlineKind.LONGER_THAN,
            run.workflow_id,
            (late := started_at + timedelta(seconds=float(seconds))),
            late if state is DeadlineState.OPEN else None,
            state,
            schedule_id=run.schedule_id,
            run_id=run.id,
            task_id=task_id,
            timezone=zone,
            seconds=float(seconds),
            reason=reason,
        )


def _short_events(db: Connection, ended: list[Length], usual: UsualDurations, now: datetime) -> Iterator[Event]:
    """An event for each that succeeded in too short a time."""
    for run, task_id, limit, started_at, finished_at in ended:
        took = ((finished_at or now) - started_at).total_seconds()
        words = ""
        if limit == USUAL:
            known = usual.usual(db, run.workflow_id, task_id, started_at, run.timezone or "UTC")
            if isinstance(known, str):
                continue
            limit = known.shortest  # noqa: PLW2901
            words = f" (usual: {format_duration(known.median)}, by {known.samples} successes)"
        if took < float(limit):
            name = f"Task {task_id} of {run.workflow_id}" if task_id else run.workflow_id
            yield Event(
                now,
                "deadline.short",
                run.workflow_id,
                run.id,
                task_id or None,
                schedule_id=run.schedule_id,
                reason=f"{name} succeeded in {format_duration(took)}, less than {format_duration(float(limit))}{words}.",
            )
