"""A report as terminals and messages show it: the first rows of each list, times in the zone of the home."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from workflow_scheduler.domain.durations import format_duration
from workflow_scheduler.domain.outline import Outline, Section

from .rows import Failure, Moved, Report

__all__ = ["outline"]

_SHOWN = 10
_LONGEST = 300
"""Characters of a cell."""


def outline(report: Report, timezone: str) -> Outline:
    """A report without anything to look at has no sections but the changes."""

    home = ZoneInfo(timezone)

    def clock(at: datetime | None, zone: str | None = None) -> str:
        return _clock(at, ZoneInfo(zone) if zone else home)

    sections = (
        _section(
            "Failed",
            ("ended", "workflow", "run", "reason"),
            report.failed,
            ((clock(run.finished_at), run.workflow_id, run.id, _why(run)) for run in report.failed),
        ),
        _section(
            "Did not run",
            ("due", "fires", "workflow", "schedule", "reason"),
            report.not_run,
            (
                (
                    clock(fire.nominal_utc, fire.timezone),
                    str(fire.count),
                    fire.workflow_id or "-",
                    fire.schedule_id,
                    fire.reason,
                )
                for fire in report.not_run
            ),
        ),
        _section(
            "Overdue",
            ("due", "workflow", "schedule"),
            report.overdue,
            ((clock(one.next_utc, one.timezone), one.workflow_id, one.id) for one in report.overdue),
        ),
        _section(
            "Late",
            ("", "deadline", "workflow", "reason"),
            report.late,
            (
                (row.condition.replace("_", " "), clock(row.due_utc, row.timezone), row.workflow_id, row.reason)
                for row in report.late
            ),
        ),
        _section(
            "Unusual output",
            ("when", "workflow", "run", "reason"),
            report.unusual,
            ((clock(row.at), row.workflow_id, row.run_id, row.reason) for row in report.unusual),
        ),
        _section(
            "Fine after a retry",
            ("workflow", "task", "runs", "in 7 days"),
            report.retried,
            ((row.workflow_id, row.task_id, str(row.runs), str(row.week)) for row in report.retried),
        ),
        _section(
            "Slower than usual",
            ("workflow", "run", "took", "usually"),
            report.slower,
            (
                (row.workflow_id, row.run_id, format_duration(row.seconds), format_duration(row.usual))
                for row in report.slower
            ),
        ),
        _section(
            "Today by calendar",
            ("nominal", "workflow", "schedule", "what"),
            report.moved,
            (
                (clock(one.nominal_utc, one.timezone), one.workflow_id, one.schedule_id, _moved(one, clock))
                for one in report.moved
            ),
        ),
        _section(
            "Changed",
            ("when", "who", "what"),
            report.changes,
            ((clock(one.at), one.actor, f"{one.action} {one.detail}".strip()) for one in report.changes),
        ),
    )
    return Outline(
        span=f"Since {report.since.astimezone(home):%Y-%m-%d %H:%M} ({timezone})",
        sentence=report.sentence,
        severity=_severity(report),
        sections=tuple(section for section in sections if section.count),
        lines=tuple(_last_lines(report, home)),
    )


def _section(title: str, columns: tuple[str, ...], of: Sequence[object], rows: Iterable[tuple[str, ...]]) -> Section:
    cut = tuple(tuple(cell[:_LONGEST] for cell in row) for row, _ in zip(rows, range(_SHOWN), strict=False))
    return Section(title, columns, cut, len(of))


def _severity(report: Report) -> str:
    if report.green:
        return "ok"
    return "error" if report.failed or report.not_run or report.overdue or report.late else "warning"


def _why(run: Failure) -> str:
    last = f": {run.why.lines[-1]}" if run.why is not None and run.why.lines else ""
    return f"{run.reason}{last}" + (f" ({run.difference})" if run.difference else "")


def _moved(one: Moved, clock: Callable[[datetime | None, str], str]) -> str:
    return one.reason if one.due_utc is None else f"due {clock(one.due_utc, one.timezone)}: {one.reason}"


def _last_lines(report: Report, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if report.messages_failed:
        yield "Messages", f"{report.messages_failed} could not be delivered"
    if report.others:
        yield "By hand", ", ".join(f"{number} {state}" for state, number in report.others.items())
    within = "1 schedule" if report.coming == 1 else f"{report.coming:,} schedules"
    coming = ", ".join(f"{_clock(one.next_utc, zone)} {one.workflow_id}" for one in report.next)
    yield "Next", f"{coming or 'nothing is scheduled'}{f' ({within} within a day)' if report.coming else ''}"
    made = report.backup.made_at
    backup = "no backup" if made is None else f"last backup {made.astimezone(zone):%Y-%m-%d %H:%M}"
    yield "Disk", f"{report.free_bytes // 1_000_000_000:,} GB free, {backup}"


def _clock(at: datetime | None, zone: ZoneInfo) -> str:
    return "-" if at is None else f"{at.astimezone(zone):%m-%d %H:%M}"
