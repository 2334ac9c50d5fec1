"""Fires that were skipped."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.quick_dataclass import dataclass
from workflow_scheduler.storage.calendar import Group

__all__ = ["SkippedRow", "skipped_row"]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A fire without a run, or `count` of them until `until_utc`."""

    schedule_id: str
    workflow_id: str | None
    nominal_utc: datetime
    until_utc: datetime | None
    count: int
    disposition: str
    reason: str


def skipped_row(group: Group) -> SkippedRow:
    return SkippedRow(
        schedule_id=group.schedule_id,
        workflow_id=group.workflow_id,
        nominal_utc=group.first,
        until_utc=group.last if group.count > 1 else None,
        count=group.count,
        disposition=group.state,
        reason=group.reason,
    )
