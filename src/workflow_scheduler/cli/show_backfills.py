"""Backfills for people: what one would do, lists, and one with its times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .context import empty
from .render import between, plain, say_parts, short_time, shown_state, table
from .show_runs import short_id

if TYPE_CHECKING:
    from workflow_scheduler.operations.backfills.rows import (
        BackfillDetail,
        BackfillPlan,
        BackfillRow,
        MomentRow,
        PlannedMoment,
    )

__all__ = ["about_backfill", "progress", "show_backfill", "show_backfills", "show_plan"]

EDGE = 10
"""Rows shown at each end of a long table."""
_OUTCOMES = ("succeeded", "failed", "cancelled", "unknown", "deleted", "running", "queued")


def show_plan(plan: BackfillPlan) -> None:
    """The first and last times of the range, and how many will run."""
    for note in plan.notes:
        say_parts(plain(note))
    if plan.moments:
        _bounded(
            ("time", "schedule", "last run", "what happens"),
            plan.moments,
            lambda moment: (_clock(moment), moment.schedule_id, _before(moment), moment.what),
        )
    left_out = f", {plan.left_out:,} left out" if plan.left_out else ""
    say_parts(f"{plan.will_run:,} will run{left_out}.")


def _before(moment: PlannedMoment) -> Any:
    if moment.run_state is not None:
        return shown_state(moment.run_state)
    return (moment.disposition or "none").replace("_", " ")


def show_backfills(rows: Sequence[BackfillRow]) -> None:
    table(
        ("backfill", "workflow", "state", "from", "to", "done", "failed"),
        [
            (
                short_id(row.id),
                row.workflow_id,
                row.state,
                row.from_,
                row.to,
                f"{row.done}/{row.total}",
                row.failed + row.unknown,
            )
            for row in rows
        ],
        empty("backfills", "Create one: scheduler backfill WORKFLOW --from TIME --to TIME"),
    )


def show_backfill(row: BackfillDetail, problem: str, timezone: str) -> None:
    """Its settings, progress and times. `problem`: what keeps the scheduler from starting runs."""
    reason = f": {plain(row.reason)}" if row.reason else ""
    say_parts(f"Backfill {row.id} of {plain(row.workflow_id)}: {row.state}{reason}")
    say_parts(f"range     {row.from_} to {row.to}, {', '.join(row.schedules)}")
    once = f", {row.parallel} at once" if row.parallel > 1 else ""
    hours = f", between {row.between}" if row.between else ""
    say_parts(f"runs      {row.only}, {row.order} first{once}{hours}")
    if row.version is not None:
        say_parts(f"version   {row.version}, the newest at {short_time(row.as_of, timezone)} ({timezone})")
    say_parts(f"created   {short_time(row.created_at, timezone)} ({timezone}) by {plain(row.created_by)}")
    if row.finished_at is not None:
        say_parts(f"ended     {short_time(row.finished_at, timezone)} ({timezone})")
    say_parts(f"progress  {progress(row)}")
    if row.next_start is not None:
        say_parts(f"waits     {row.waits} Next: {short_time(row.next_start, timezone)} ({timezone})")
    elif words := row.waits or problem:
        say_parts(f"waits     {words}")
    say_parts()
    _bounded(
        ("time", "schedule", "state", "run", "took", "reason"),
        row.moments,
        lambda moment: (
            _clock(moment),
            moment.schedule_id,
            shown_state(moment.state),
            _run_of(moment),
            between(moment.started_at, moment.finished_at),
            moment.reason if moment.state not in ("succeeded", "queued", "running") else "",
        ),
    )
    if row.state in ("finished", "cancelled") and row.done - row.succeeded - row.deleted + row.left:
        say_parts(f"Run again what did not succeed: scheduler backfill retry {row.id}")


def _run_of(moment: MomentRow) -> str:
    if moment.run_id is None:
        return "-"
    return "run deleted" if moment.state == "deleted" else short_id(moment.run_id)


def about_backfill(row: BackfillRow) -> str:
    """One line, for `status`."""
    return f"{plain(row.workflow_id)} {row.from_} to {row.to}, {row.state}: {progress(row)}"


def progress(row: BackfillRow) -> str:
    counts = [f"{count:,} {name}" for name in _OUTCOMES if (count := getattr(row, name))]
    if row.left:
        counts.append(f"{row.left:,} {'not run' if row.state == 'cancelled' else 'left'}")
    return f"{row.done:,} of {row.total:,} done ({', '.join(counts)})"


def _clock(moment: PlannedMoment | MomentRow) -> str:
    local: datetime = moment.nominal_utc.astimezone(ZoneInfo(moment.timezone))
    return local.isoformat(" ", "minutes" if not local.second else "seconds")


def _bounded(headings: Sequence[str], rows: Sequence[Any], cells: Any) -> None:
    """The table; of a long one the first and last rows. A column that says nothing is left out."""
    cut = len(rows) > 2 * EDGE + 1
    shown = [cells(row) for row in ([*rows[:EDGE], *rows[-EDGE:]] if cut else rows)]
    several = len({row.schedule_id for row in rows}) > 1
    kept = [
        at for at, name in enumerate(headings) if (several if name == "schedule" else any(line[at] for line in shown))
    ]
    lines = [[line[at] for at in kept] for line in shown]
    if cut:
        lines.insert(EDGE, [f"… {len(rows) - 2 * EDGE:,} more", *[""] * (len(kept) - 1)])
    table([headings[at] for at in kept], lines, "")
