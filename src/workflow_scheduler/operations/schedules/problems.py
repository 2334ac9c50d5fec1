"""What keeps a stored schedule from firing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.triggers.spec import problem_of

if TYPE_CHECKING:
    from workflow_scheduler.domain.policies import Policies
    from workflow_scheduler.domain.schedule import Schedule
    from workflow_scheduler.storage.queries_due import DueSchedule

__all__ = ["check_bounds_of", "check_observed", "problem_with"]


def problem_with(schedule: Schedule | DueSchedule) -> str:
    """A sentence; empty if it can fire."""
    return schedule.problem or problem_of(schedule.spec, schedule.timezone)


def check_bounds_of(policies: Policies, timezone: str) -> None:
    """InvalidInput if nothing lies between `from` and `until`."""
    if policies.from_ and policies.until:
        from workflow_scheduler.triggers.bounds import check_bounds  # noqa: PLC0415  APScheduler is loaded with it

        check_bounds(policies.from_, policies.until, timezone)


def check_observed(schedule: Schedule) -> None:
    """InvalidInput for business days without a calendar that counts them, for a start that a calendar or jitter would move,
    and for bounds with nothing between them."""
    check_bounds_of(schedule.policies, schedule.timezone)
    if "business_day" in schedule.spec and schedule.policies.calendar is None:
        raise InvalidInput("business_day counts the open days of a calendar; name the calendar, too.")
    if "at_start" in schedule.spec and (schedule.policies.calendar is not None or schedule.policies.jitter):
        raise InvalidInput("at_start fires when it happens; leave out calendar and jitter.")
