"""What keeps a stored schedule from firing."""

from __future__ import annotations

from workflow_scheduler.domain.schedule import Schedule
from workflow_scheduler.triggers.spec import problem_of

__all__ = ["problem_with"]


def problem_with(schedule: Schedule) -> str:
    """A sentence; empty if it can fire."""
    return schedule.problem or problem_of(schedule.spec, schedule.timezone)
