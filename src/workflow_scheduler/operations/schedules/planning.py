"""Whether schedules are planned just now, and when what is due next fires in view of that."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.operations.condition import Condition, Holder, condition_of
from workflow_scheduler.operations.rows import Plain, plain
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import planner_pause as planner_store
from workflow_scheduler.storage.database import Database

__all__ = ["DueRow", "PlannerRow", "Planning", "due_of", "planner_state", "planning_of", "with_overdue"]


class Due(Protocol):
    """What is due at times."""

    @property
    def next_utc(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class DueRow:
    """When something is due: in the future, or overdue since then."""

    next_utc: datetime | None
    overdue_since: datetime | None


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


@dataclass(frozen=True, slots=True)
class PlannerRow:
    """Whether all schedules are paused, since when and by whom."""

    paused: bool
    paused_at: datetime | None
    paused_by: str | None


def planner_state(database: Database) -> PlannerRow:
    """Whether all schedules are paused, since when and by whom."""
    found = database.read(planner_store.pause_of)
    at, by = found or (None, None)
    return PlannerRow(paused=found is not None, paused_at=at, paused_by=by)


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
