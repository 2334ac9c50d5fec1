"""A report on one screen, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .plain_table import Styled
from .render import plain, say_parts, table
from .show_runs import short_id

if TYPE_CHECKING:
    from workflow_scheduler.domain.outline import Outline, Section

__all__ = ["show_report"]

_MORE = {
    "Failed": "scheduler runs show RUN",
    "Did not run": "scheduler explain WORKFLOW",
    "Overdue": "scheduler doctor",
    "Late": "scheduler late",
    "Fine after a retry": "scheduler runs list --workflow WORKFLOW",
    "Slower than usual": "scheduler runs show RUN",
    "Today by calendar": "scheduler explain WORKFLOW",
    "Changed": "scheduler audit",
    "Messages": "scheduler notify list --state failed",
}
"""The command that says more."""
_STYLES = {"ok": "green", "warning": "bold yellow", "error": "bold red"}


def show_report(outline: Outline) -> None:
    """A report without anything to look at has three lines."""
    say_parts(Styled(f"{outline.span}: ", "bold"), Styled(outline.sentence, _STYLES[outline.severity]))
    for section in outline.sections:
        _show(section)
    if outline.sections or len(outline.lines) > 2:
        say_parts()
    for name, text in outline.lines:
        more = f": {_MORE[name]}" if name in _MORE else ""
        say_parts(f"{name:<9} {plain(text)}{more}")


def _show(section: Section) -> None:
    say_parts()
    say_parts(Styled(section.title, "bold"), f"; see more with: {_MORE[section.title]}")
    runs = [column == "run" for column in section.columns]
    rows = [
        [short_id(cell) if is_run else cell for cell, is_run in zip(row, runs, strict=True)] for row in section.rows
    ]
    table(section.columns, rows, "")
    if section.more:
        say_parts(f"{section.more} more with: scheduler report --json")
