"""When something fires next, in words that are true whatever keeps it from firing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .render import local_time, say

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.schedules.pending import Planning

__all__ = ["next_fire", "planning_here", "say_problem"]


def planning_here(app: App) -> Planning:
    """Whether this home's schedules are planned just now."""
    from workflow_scheduler.operations.home.scheduler_process import running_scheduler
    from workflow_scheduler.operations.schedules.pending import planning_of

    return planning_of(app.database, running_scheduler(app.home), app.now())


def next_fire(shape: Mapping[str, Any], zone: str, planning: Planning) -> str:
    """The cell of a table: a time to come, or what it is instead."""
    from workflow_scheduler.operations.schedules.pending import with_overdue

    if not shape["enabled"]:
        return "paused" if shape.get("paused") else "workflow disabled"
    shape = with_overdue(shape, planning.now)
    if shape["overdue_since"] is not None:
        due = local_time(shape["overdue_since"], zone)
        if planning.paused_at is not None:
            return f"when resumed (due since {due})"
        return f"overdue since {due}" if planning.condition.running else f"when started (due since {due})"
    when = local_time(shape["next_utc"], zone)
    return f"{when} (planner paused)" if shape["next_utc"] and planning.paused_at is not None else when


def say_problem(planning: Planning) -> None:
    """Below next times: why they will not come true by themselves."""
    from rich.markup import escape

    if problem := planning.problem():
        say(f"[yellow]{escape(problem)} No schedule fires until that changes.[/]")
