"""Due fires without a disposition: those that wait for a resume, a start or the planner."""

from __future__ import annotations

from workflow_scheduler.domain.schedule import LATE, Schedule
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
