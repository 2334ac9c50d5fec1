"""Row types of backfills and their times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from workflow_scheduler.domain.backfill import Backfill, BackfillState
from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.domain.run import RunState

__all__ = [
    "BackfillDetail",
    "BackfillPlan",
    "BackfillRow",
    "MomentRow",
    "Outlook",
    "PlannedMoment",
    "RetryRow",
    "backfill_row",
]


class Outlook(StrEnum):
    """What a backfill does about a time of its range."""

    WILL_RUN = "will_run"
    HAS_RUN = "has_run"
    HAS_NO_RUN = "has_no_run"
    IN_BACKFILL = "in_backfill"
    NOT_OPEN = "not_open"


@dataclass(frozen=True, slots=True)
class PlannedMoment:
    """A time of the range. `run_id`, `run_state`: of its last run. `disposition`: why its fire had none. `what`: in words."""

    nominal_utc: datetime
    timezone: str
    schedule_id: str
    run_id: str | None
    run_state: RunState | None
    disposition: str | None
    outlook: Outlook
    what: str


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a backfill would run, before it is created. `notes`: sentences about what differs from what was asked."""

    workflow_id: str
    version: int
    will_run: int
    left_out: int
    notes: tuple[str, ...]
    moments: tuple[PlannedMoment, ...]


@dataclass(frozen=True, slots=True)
class BackfillRow:
    """`from_`, `to`: the range as it was given. `left`: the number of times without a run; `deleted`: of those whose run was
    pruned. `version`: of the workflow, if it is not the newest."""

    id: str
    workflow_id: str
    state: BackfillState
    reason: str
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    schedules: tuple[str, ...]
    from_: str
    to: str
    only: str
    order: str
    parallel: int
    between: str | None
    params: Mapping[str, Any]
    as_of: datetime | None
    version: int | None
    total: int
    succeeded: int
    failed: int
    cancelled: int
    unknown: int
    running: int
    queued: int
    left: int
    deleted: int

    @property
    def done(self) -> int:
        return self.total - self.running - self.queued - self.left


@dataclass(frozen=True, slots=True)
class MomentRow:
    """`state`: of its run; `left` before it has one, `not_run` if it will not get one, `deleted` if it was pruned."""

    nominal_utc: datetime
    timezone: str
    schedule_id: str
    run_id: str | None
    state: str
    reason: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class BackfillDetail(BackfillRow):
    """`waits`: why it starts no run now, as a sentence; `next_start`: when its window opens, if it waits for that."""

    waits: str
    next_start: datetime | None
    moments: tuple[MomentRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class RetryRow:
    """What is run again: `again` runs that did not succeed, and `never_run` times that had none."""

    id: str
    again: int
    never_run: int


def backfill_row(backfill: Backfill, counts: Mapping[str, int]) -> BackfillRow:
    """`counts`: see `fire_counts`."""
    numbers = {
        name: counts.get(name, 0)
        for name in ("succeeded", "failed", "cancelled", "unknown", "running", "queued", "left", "deleted")
    }
    return BackfillRow(
        id=backfill.id,
        workflow_id=backfill.workflow_id,
        state=backfill.state,
        reason=backfill.reason,
        created_at=backfill.created_at,
        created_by=backfill.created_by,
        finished_at=backfill.finished_at,
        schedules=tuple(backfill.sources),
        from_=backfill.start,
        to=backfill.end,
        only=backfill.only.value,
        order=backfill.order.value,
        parallel=backfill.parallel,
        between=str(backfill.between) if backfill.between else None,
        params=backfill.params,
        as_of=backfill.as_of,
        version=backfill.version,
        total=sum(numbers.values()),
        **numbers,
    )
