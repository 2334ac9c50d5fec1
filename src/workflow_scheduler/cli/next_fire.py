"""Describes the next fire, whatever delays or prevents it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .plain_table import Styled
from .render import local_time, say_parts

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.schedules.planning import Planning

__all__ = ["DISABLED", "next_fire", "planning_here", "say_problem"]

DISABLED = "workflow disabled"


def planning_here(app: App) -> Planning:
    """Whether this home's schedules can fire now."""
    from workflow_scheduler.operations.home.running import running_scheduler
    from workflow_scheduler.operations.schedules.planning import planning_of

    return planning_of(app.database, running_scheduler(app.home), app.now())


def next_fire(next_utc: datetime | None, zone: str, planning: Planning, off: str = "") -> str:
    """A table cell: the next time, or a word in its place, such as `off` for a workflow that does not fire."""
    from workflow_scheduler.operations.schedules.planning import due_of

    if off:
        return off
    row = due_of(next_utc, planning.now)
    if row.overdue_since is not None:
        due = local_time(row.overdue_since, zone)
        if planning.paused_at is not None:
            return f"when resumed (due since {due})"
        return f"overdue since {due}" if planning.condition.running else f"when started (due since {due})"
    when = local_time(row.next_utc, zone)
    return f"{when} (planner paused)" if row.next_utc and planning.paused_at is not None else when


def say_problem(planning: Planning) -> None:
    """The note below next times: why they will not happen as shown."""
    if problem := planning.problem():
        say_parts(Styled(f"{problem} Until then no schedule fires.", "yellow"))
