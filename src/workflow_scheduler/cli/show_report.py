"""A report on one screen, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .plain_table import Styled
from .render import plain, say_parts, short_time, table
from .show_late import WORDS
from .show_runs import short_id

if TYPE_CHECKING:
    from workflow_scheduler.operations.reports.rows import Report

__all__ = ["show_report"]

_SHOWN = 10
"""Lines of each list; `--json` has more."""


def show_report(report: Report, timezone: str) -> None:
    """A report without anything to look at has three lines."""

    def clock(at: datetime | None, zone: str | None = None) -> str:
        return short_time(at, zone or timezone)[5:-3]

    say_parts(
        Styled(f"Since {short_time(report.since, timezone)[:-3]} ({timezone}): ", "bold"),
        Styled(report.sentence, "green" if report.green else "bold red"),
    )
    _list(
        "Failed",
        "scheduler runs show RUN",
        ("ended", "workflow", "run", "reason"),
        (
            (clock(run.finished_at), run.workflow_id, short_id(run.id), _why(run.reason, run.why))
            for run in report.failed
        ),
        len(report.failed),
    )
    _list(
        "Did not run",
        "scheduler explain WORKFLOW",
        ("due", "fires", "workflow", "schedule", "reason"),
        (
            (clock(fire.nominal_utc, fire.timezone), fire.count, fire.workflow_id or "-", fire.schedule_id, fire.reason)
            for fire in report.not_run
        ),
        len(report.not_run),
    )
    _list(
        "Overdue",
        "scheduler doctor",
        ("due", "workflow", "schedule"),
        ((clock(one.next_utc, one.timezone), one.workflow_id, one.id) for one in report.overdue),
        len(report.overdue),
    )
    _list(
        "Late",
        "scheduler late",
        ("", "deadline", "workflow", "reason"),
        ((WORDS[row.condition], clock(row.due_utc, row.timezone), row.workflow_id, row.reason) for row in report.late),
        len(report.late),
    )
    _list(
        "Unusual output",
        "scheduler runs show RUN",
        ("when", "workflow", "run", "reason"),
        ((clock(row.at), row.workflow_id, short_id(row.run_id), row.reason) for row in report.unusual),
        len(report.unusual),
    )
    _list(
        "Fine after a retry",
        "scheduler runs list --workflow WORKFLOW",
        ("workflow", "task", "runs", "in 7 days"),
        ((row.workflow_id, row.task_id, row.runs, row.week) for row in report.retried),
        len(report.retried),
    )
    _list(
        "Changed",
        "scheduler audit",
        ("when", "who", "what"),
        ((clock(one.at), one.actor, f"{one.action} {one.detail}".strip()) for one in report.changes),
        len(report.changes),
    )
    for line in _last_lines(report, timezone):
        say_parts(line)


def _why(reason: str, why: Any) -> str:
    last = f": {why.lines[-1]}" if why is not None and why.lines else ""
    return f"{reason}{last}"


def _list(title: str, more: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], count: int) -> None:
    if not count:
        return
    say_parts()
    say_parts(Styled(title, "bold"), f"; see more with: {more}")
    table(columns, [row for row, _ in zip(rows, range(_SHOWN), strict=False)], "")
    if count > _SHOWN:
        say_parts(f"{count - _SHOWN} more with: scheduler report --json")


def _last_lines(report: Report, timezone: str) -> Iterable[str]:
    if not report.green or report.changes:
        yield ""
    if report.messages_failed:
        yield f"Messages  {report.messages_failed} could not be delivered: scheduler notify list --state failed"
    if report.others:
        yield f"By hand   {', '.join(f'{number} {state}' for state, number in report.others.items())}"
    within = "1 schedule" if report.coming == 1 else f"{report.coming:,} schedules"
    coming = ", ".join(f"{short_time(one.next_utc, timezone)[5:-3]} {plain(one.workflow_id)}" for one in report.next)
    yield f"Next      {coming or 'nothing is scheduled'}{f' ({within} within a day)' if report.coming else ''}"
    made = report.backup.made_at
    backup = "no backup" if made is None else f"last backup {short_time(made, timezone)[:-3]}"
    yield f"Disk      {report.free_bytes // 1_000_000_000:,} GB free, {backup}"
