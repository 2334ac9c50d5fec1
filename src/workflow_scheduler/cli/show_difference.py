"""What differs between two runs, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from .render import local_time, plain, say

if TYPE_CHECKING:
    from workflow_scheduler.bootstrap import App
    from workflow_scheduler.operations.runs.detail_rows import RunDetail
    from workflow_scheduler.operations.runs.difference import DifferenceRow

__all__ = ["differences_of", "show_difference"]


def differences_of(app: App, run: RunDetail) -> tuple[str, ...]:
    """What the first lines of a failed run say of the last good one; nothing for a run that has not failed."""
    from workflow_scheduler.operations.runs.difference import first_lines

    return first_lines(app.database, run.id, app.settings.timezone) if run.state in ("failed", "unknown") else ()


def show_difference(found: DifferenceRow, timezone: str) -> None:
    about = f"Run [bold]{escape(found.run)}[/]"
    if found.task:
        about += f", task {escape(found.task)}, attempt {found.attempt}"
    say(about)
    if found.compared_with:
        say(f"compared with {escape(found.compared_with)}, which ended {local_time(found.compared_at, timezone)}")
    for difference in found.differences:
        say(f"  {escape(plain(difference.text))}")
    if found.summary:
        say(escape(plain(found.summary)))
    if (output := found.output) is not None:
        say(f"{output.stream} differs first in line {output.line}:")
        say(f"  now {'(no such line)' if output.text is None else escape(plain(output.text))}")
        say(f"  was {'(no such line)' if output.was is None else escape(plain(output.was))}")
