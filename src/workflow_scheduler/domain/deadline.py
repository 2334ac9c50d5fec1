"""A deadline of a fire, a run or a task, as it is stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from .quick_dataclass import dataclass

__all__ = ["LATE_KINDS", "Deadline", "DeadlineKind", "DeadlineState"]


class DeadlineKind(StrEnum):
    """What is to have happened at a deadline's time."""

    START_WITHIN = "start_within"
    FINISH_BY = "finish_by"
    LONGER_THAN = "longer_than"
    NO_SUCCESS_FOR = "no_success_for"


LATE_KINDS = (DeadlineKind.START_WITHIN, DeadlineKind.FINISH_BY)


class DeadlineState(StrEnum):
    """What came of a deadline."""

    OPEN = "open"
    AT_RISK = "at_risk"  # the typical rest of a run does not fit before its `finish_by`
    MET = "met"
    MISSED = "missed"
    VOID = "void"  # nothing can be said, or it does not count any more: `reason` says why


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline of one fire, run or task, as it is stored. Times are UTC.

    `due`: by when. `look`: when it is judged next; None once that is decided. `count`: how many fires it stands for. `seconds`: the duration that was asked for; None if
    that is the usual one, and it was not looked up yet.
    """

    kind: DeadlineKind
    workflow_id: str
    due: datetime
    look: datetime | None = None
    state: DeadlineState = DeadlineState.OPEN
    schedule_id: str | None = None
    nominal: datetime | None = None
    """The fire's; of `no_success_for` the last success, or since when it counts."""
    run_id: str | None = None
    task_id: str = ""
    """Empty: of the whole run."""
    timezone: str = "UTC"
    count: int = 1
    seconds: float | None = None
    reason: str = ""
    seq: int = 0
