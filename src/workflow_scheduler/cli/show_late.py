"""What is late, a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .plain_table import Styled
from .render import say_parts, short_time, table
from .show_runs import short_id

if TYPE_CHECKING:
    from workflow_scheduler.operations.runs.late import LateRow

__all__ = ["about_late", "show_late"]


def show_late(rows: Sequence[LateRow]) -> None:
    table(
        ("", "deadline", "workflow", "task", "run", "reason"),
        [
            (
                Styled(row.condition.replace("_", " "), "yellow" if row.condition == "at_risk" else "bold red"),
                short_time(row.due_utc, row.timezone)[5:-3],
                row.workflow_id,
                row.task_id or "-",
                short_id(row.run_id) if row.run_id else "-",
                row.reason,
            )
            for row in rows
        ],
        "Nothing is late or at risk.",
    )


def about_late(rows: Sequence[LateRow]) -> None:
    """One line of the status."""
    counts = Counter(row.condition.replace("_", " ") for row in rows)
    words = ", ".join(f"{count} {word}" for word, count in counts.items())
    say_parts(Styled("Deadline", "yellow"), f"  {words}; see them with: scheduler late")
