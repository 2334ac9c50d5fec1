"""What a change of a schedule's rules, or of its calendar, does to fires at their due times."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.schedule import DueFire

from .base import Trigger
from .due_times import DueTimes

__all__ = ["changed_fires"]


def changed_fires(before: Trigger, after: Trigger, now: datetime) -> tuple[list[DueFire], list[datetime]]:
    """What a change of rules would lose or double.

    First the fires that were due after now by the old rules, and by now by the new; then the nominal times of those that
    had their disposition by the old rules, and would come again by the new.
    """
    adjusted = [trigger for trigger in (before, after) if isinstance(trigger, DueTimes)]
    touched = {fire.nominal for trigger in adjusted for fire in (*trigger.still_due(now), *trigger.due_already(now))}
    late: list[DueFire] = []
    settled: list[datetime] = []
    for nominal in sorted(touched):
        was, becomes = _placed(before, nominal), _placed(after, nominal)
        if was.due > now >= becomes.due:
            late.append(becomes)
        elif was.due <= now < becomes.due:
            settled.append(nominal)
    return late, settled


def _placed(trigger: Trigger, nominal: datetime) -> DueFire:
    return trigger.place(nominal) if isinstance(trigger, DueTimes) else DueFire(nominal, nominal)
