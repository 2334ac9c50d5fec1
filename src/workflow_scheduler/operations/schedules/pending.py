"""Due fires without a disposition: those that wait for a resume, a start or the planner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workflow_scheduler.domain.schedule import LATE, Schedule
from workflow_scheduler.operations.condition import Condition, Holder, condition_of
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage.database import Connection, Database

from .rows import DueRow, FireRow

__all__ = ["PENDING", "Planning", "due_of", "pending_fire", "planning_of", "with_overdue"]

PENDING = "pending"
"""The disposition of fires that have none yet."""


class Due(Protocol):
    """What is due at times."""

    @property
    def next_utc(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Planning:
    """Whether fires are planned at `now`, and what prevents it."""

    now: datetime
    condition: Condition
    paused_at: datetime | None
    paused_by: str

    def problem(self) -> str:
        """A sentence about why no schedule fires; empty if they do."""
        if self.paused_at is not None:
            return f"The planner has been paused since {iso(self.paused_at)} by {self.paused_by}."
        return self.condition.problem()


def planning_of(database: Database, about: Holder | None, now: datetime) -> Planning:
    """`about`: the scheduler's own description; None if none is running."""
    at, by = database.read(planner_store.pause_of) or (None, "")
    return Planning(now, condition_of(database, about, now), at, by)


def due_of(next_due: datetime | None, now: datetime) -> DueRow:
    """When the next fire is due; one in the past is shown as overdue instead."""
    late = next_due is not None and now - next_due > LATE
    return DueRow(None, next_due) if late else DueRow(next_due, None)


def with_overdue(row: Due, now: datetime) -> Plain:
    """A schedule or workflow in its plain form, with whether it is overdue."""
    return {**plain(row), **plain(due_of(row.next_utc, now))}


def pending_fire(database: Database, schedule_id: str, planning: Planning) -> FireRow | None:
    """The due fires of a schedule without a disposition, as one row with the reason; None if there are none."""
    from workflow_scheduler.engine.planner import trigger_of  # noqa: PLC0415  lists do without APScheduler

    def work(db: Connection) -> tuple[Schedule | None, bool]:
        schedule = catalog.find_schedule(db, schedule_id)
        workflow = catalog.find_workflow(db, schedule.workflow_id) if schedule else None
        return schedule, workflow is None or workflow[0].enabled

    schedule, workflow_enabled = database.read(work)
    if schedule is None or schedule.problem or schedule.planner.cursor is None:
        return None
    reason = _reason(schedule, workflow_enabled, planning)
    # What is due right now is about to be planned.
    until = planning.now if reason else planning.now - LATE
    span = trigger_of(schedule).span(schedule.planner.cursor, until) if schedule.planner.cursor < until else None
    if span is None:
        return None
    so_far = "1 fire so far" if span.count == 1 else f"{span.count} fires so far"
    return FireRow(
        nominal_utc=span.first,
        disposition=PENDING,
        run_id=None,
        reason=f"{reason or 'the planner is late; see scheduler.log'}; {so_far}",
        until_utc=span.last if span.count > 1 else None,
        count=span.count,
    )


def _reason(schedule: Schedule, workflow_enabled: bool, planning: Planning) -> str:
    if not schedule.enabled:
        return f"paused since {iso(schedule.planner.cursor)}"
    if not workflow_enabled:
        return f"workflow disabled since {iso(schedule.planner.cursor)}"
    problem = planning.problem()
    return problem[:1].lower() + problem[1:].rstrip(".")
