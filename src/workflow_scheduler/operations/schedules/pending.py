"""Due fires without a disposition: those that wait for a resume, a start or the planner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflow_scheduler.domain.calendar import Days
from workflow_scheduler.domain.errors import InvalidInput
from workflow_scheduler.domain.lateness import LATE
from workflow_scheduler.domain.schedule import DueFire, Schedule
from workflow_scheduler.operations.timestamps import iso
from workflow_scheduler.storage import catalog
from workflow_scheduler.storage.database import Connection, Database

from .planning import Planning
from .rows import FireRow

__all__ = ["PENDING", "pending_fire"]

PENDING = "pending"
"""The disposition of fires that have none yet."""


def pending_fire(database: Database, schedule_id: str, planning: Planning) -> FireRow | None:
    """The due fires of a schedule without a disposition, as one row with the reason; None if there are none."""
    from workflow_scheduler.engine.planner import calendars_of, trigger_of  # noqa: PLC0415  lists do without APScheduler
    from workflow_scheduler.triggers.due_times import DueTimes  # noqa: PLC0415  the same

    def work(db: Connection) -> tuple[Schedule | None, bool, Mapping[str, Days]]:
        schedule = catalog.find_schedule(db, schedule_id)
        workflow = catalog.find_workflow(db, schedule.workflow_id) if schedule else None
        return schedule, workflow is None or workflow[0].enabled, calendars_of(db, [schedule] if schedule else [])

    schedule, workflow_enabled, calendars = database.read(work)
    if schedule is None or schedule.problem or schedule.planner.cursor is None:
        return None
    reason = _reason(schedule, workflow_enabled, planning)
    # What is due right now is about to be planned.
    until = planning.now if reason else planning.now - LATE
    if schedule.planner.cursor >= until:
        return None
    try:
        trigger = trigger_of(schedule, calendars)
    except InvalidInput:  # its calendar was removed by hand
        return None
    next_due = schedule.planner.next_due
    if isinstance(trigger, DueTimes) and not reason and (next_due is None or next_due > until):
        # What runs is on time; what does not is recorded with the next that does.
        skipped = [fire for fire in trigger.fires(schedule.planner.cursor, until) if not fire.runs]
        return _predicted(skipped) if skipped else None
    span = trigger.span(schedule.planner.cursor, until)
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


def _predicted(skipped: Sequence[DueFire]) -> FireRow:
    first, last = skipped[0], skipped[-1]
    return FireRow(
        nominal_utc=first.nominal,
        disposition=first.disposition.value if len(skipped) == 1 else PENDING,
        run_id=None,
        reason=first.why,
        until_utc=last.nominal if len(skipped) > 1 else None,
        count=len(skipped),
    )


def _reason(schedule: Schedule, workflow_enabled: bool, planning: Planning) -> str:
    if not schedule.enabled:
        return f"paused since {iso(schedule.planner.cursor)}"
    if not workflow_enabled:
        return f"workflow disabled since {iso(schedule.planner.cursor)}"
    problem = planning.problem()
    return problem[:1].lower() + problem[1:].rstrip(".")
