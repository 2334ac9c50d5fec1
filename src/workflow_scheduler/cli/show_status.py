"""The state of a home for its operator, from the scheduler itself down to the next fires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .announce import about_page
from .next_fire import next_fire
from .plain_table import Styled
from .planner_command import about_pause
from .render import local_time, plain, say_parts, short_time, table
from .show_late import about_late
from .show_runs import short_id

if TYPE_CHECKING:
    from workflow_scheduler.operations.condition import Condition
    from workflow_scheduler.operations.home.attention import Attention, LateRow
    from workflow_scheduler.operations.rows import Plain
    from workflow_scheduler.operations.runs.rows import RunRow
    from workflow_scheduler.operations.schedules.due import ScheduleDue
    from workflow_scheduler.operations.schedules.planning import PlannerRow, Planning
    from workflow_scheduler.operations.schedules.skipped import SkippedRow

__all__ = ["show_status"]

_SHOWN = 5
"""Lines of each list; a command shows the rest."""


def show_status(
    shape: Plain, planner: PlannerRow, rows: Attention, condition: Condition, planning: Planning, timezone: str
) -> None:
    _show_scheduler(shape, condition, timezone)
    say_parts(f"Home      {plain(shape['home'])}")
    say_parts(f"Database  {plain(shape['database'])}")
    if page := shape["page"]:
        say_parts(f"Web       {plain(page.get('address') or about_page(page))}")
    for words in (about_pause(planner), shape["lack_of_room"], *shape["unknown_settings"]):
        if words:
            say_parts(Styled(plain(words), "yellow"))
    say_parts(f"Runs      {shape['runs_running']} running, {shape['runs_queued']} queued")
    if rows.deadlines:
        about_late(rows.deadlines)
    for row in shape["backfills"]:
        from .show_backfills import about_backfill

        say_parts(f"Backfill  {about_backfill(row)}")
    _show_names("Paused", [f"{schedule.id} ({schedule.workflow_id})" for schedule in rows.paused])
    _show_names("Disabled", rows.disabled)
    _show_failed(rows.failed, timezone)
    _show_skipped(rows.skipped, timezone)
    _show_due("Late", [(row, row.overdue_since) for row in rows.late], planning)
    if not rows.late and not rows.next:
        say_parts("Next      nothing is scheduled")
    _show_due("Next", [(row, row.next_utc) for row in rows.next], planning)


def _show_scheduler(shape: Plain, condition: Condition, timezone: str) -> None:
    problem = plain(condition.problem())
    if stopped := shape["stopped"]:
        since, until = (local_time(datetime.fromisoformat(stopped[name]), timezone) for name in ("since", "until"))
        words = f"The scheduler was stopped by {plain(stopped['by'])} at {since} until {until}."
        say_parts(Styled(words, "yellow"), " Start it with: scheduler start")
    elif not condition.running:
        say_parts(Styled("The scheduler is not running.", "yellow"), " Start it with: scheduler start")
    elif condition.silent_since is not None:
        say_parts(Styled(problem, "bold red"), " Stop it with: scheduler stop")
    elif condition.waits_for_runs:
        say_parts(Styled(problem, "yellow"), " Cancel the stop with: scheduler start")
    elif condition.ending is not None:
        say_parts(Styled(problem, "yellow"))
    else:
        since = (
            f", since {local_time(datetime.fromisoformat(shape['started_at']), timezone)}"
            if shape["started_at"]
            else ""
        )
        say_parts(Styled("The scheduler is running", "green"), f" (pid {condition.pid}){since}.")


def _show_names(title: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {_more(names)}" if len(names) > _SHOWN else ""
        say_parts(Styled(f"{title:<8}", "yellow"), f"  {plain(', '.join(names[:_SHOWN]))}{more}")


def _more(rows: Sequence[Any]) -> str:
    from workflow_scheduler.operations.home.attention import MOST

    return f"{len(rows) - _SHOWN}{' or more' if len(rows) == MOST else ''} more"


def _show_failed(runs: Sequence[RunRow], timezone: str) -> None:
    if not runs:
        return
    say_parts()
    say_parts(Styled("Failed", "bold red"), f" since yesterday ({timezone}); see why with: scheduler runs show RUN")
    table(
        ("ended", "workflow", "run", "reason"),
        [
            (
                short_time(run.finished_at, timezone)[5:-3],
                run.workflow_id,
                short_id(run.id),
                run.reason,
            )
            for run in runs[:_SHOWN]
        ],
        "",
    )
    if len(runs) > _SHOWN:
        say_parts(f"{_more(runs)}: scheduler runs list --state failed --since 1d")


def _show_skipped(fires: Sequence[SkippedRow], timezone: str) -> None:
    if not fires:
        return
    say_parts()
    say_parts(
        Styled("Skipped", "bold yellow"),
        f" since yesterday ({timezone}); see more with: scheduler fires list WORKFLOW",
    )
    table(
        ("due", "fires", "schedule", "workflow", "reason"),
        [
            (
                short_time(fire.nominal_utc, timezone)[5:-3],
                fire.count,
                fire.schedule_id,
                fire.workflow_id or "-",
                fire.reason,
            )
            for fire in fires[:_SHOWN]
        ],
        "",
    )
    if len(fires) > _SHOWN:
        say_parts(f"{_more(fires)}.")


def _show_due(
    title: str, schedules: Sequence[tuple[LateRow | ScheduleDue, datetime | None]], planning: Planning
) -> None:
    if not schedules:
        return
    say_parts()
    say_parts(Styled(title, "bold yellow" if title == "Late" else "bold"))
    table(
        ("when", "schedule", "workflow"),
        [
            (
                next_fire(due, schedule.timezone, planning),
                schedule.id,
                schedule.workflow_id,
            )
            for schedule, due in schedules[:_SHOWN]
        ],
        "",
    )
    if len(schedules) > _SHOWN:
        say_parts(f"{_more(schedules)}: scheduler schedule list")
