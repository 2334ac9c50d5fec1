"""Watches how long runs and tasks take: a deadline where one begins, and an event where one succeeds too soon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from workflow_scheduler.domain.deadline import Deadline, DeadlineKind, DeadlineState
from workflow_scheduler.domain.deadlines import USUAL
from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.events import Event
from workflow_scheduler.domain.run import Run
from workflow_scheduler.storage import deadlines as store
from workflow_scheduler.storage.database import Connection

from .usual_durations import UsualDurations

__all__ = ["WHILE_SHORT", "Length", "watch_lengths", "with_usual"]

WHILE_SHORT = timedelta(seconds=1)
"""For so long it does not matter what is usual."""


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
    """Stores the deadlines of what begins. Returns when they are judged, and events about what succeeded too soon."""
    new = [_long_deadline(length) for length in begun]
    store.add_deadlines(db, new)
    return [deadline.due for deadline in new], list(_short_events(db, done, usual, now))


def _long_deadline(length: Length) -> Deadline:
    """When it begins to take too long. What is usual is found out when it has taken a while: most end before, and history
    is not read while many begin."""
    run, task_id, limit, started_at, _ = length
    seconds = None if limit == USUAL else float(limit)
    due = started_at + (WHILE_SHORT if seconds is None else timedelta(seconds=seconds))
    return Deadline(
        *(
            DeadlineKind.LONGER_THAN,
            run.workflow_id,
            due,
            due,
            DeadlineState.OPEN,
            run.schedule_id,
            None,
            run.id,
            task_id,
        ),
        timezone=run.timezone or "UTC",
        seconds=seconds,
    )


def with_usual(db: Connection, deadline: Deadline, usual: UsualDurations) -> Deadline:
    """A deadline of which it was not known yet what is usual, with its time; void if too little is known."""
    started_at = deadline.due - WHILE_SHORT
    known = usual.usual(db, deadline.workflow_id, deadline.task_id, started_at, deadline.timezone)
    if isinstance(known, str):
        return replace(deadline, state=DeadlineState.VOID, seconds=0.0, reason=known, look=None)
    reason = f"usual: {format_duration(known.median)}, by {known.samples} successes"
    due = started_at + timedelta(seconds=known.longest)
    return replace(deadline, due=due, look=due, seconds=known.longest, reason=reason)


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
