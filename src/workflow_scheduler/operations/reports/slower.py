"""Runs that succeeded, and took longer than is usual for their workflow on such a day."""

from __future__ import annotations

from datetime import datetime

from workflow_scheduler.domain.usual import Usual, learn, same_class
from workflow_scheduler.storage.database import Connection
from workflow_scheduler.storage.queries_durations import long_runs, succeeded_runs

from .rows import Slower

__all__ = ["slower_runs"]

_LOOKED_AT = 100
"""Workflows with the longest runs of the span whose history is read."""
_HISTORY = 70
"""Their newest runs, among which those of a weekday class are searched."""
_VISIBLE = 60.0
"""Seconds; no shorter run is slow."""


def slower_runs(db: Connection, since: datetime, now: datetime) -> tuple[Slower, ...]:
    """The longest run of each workflow, if it is one; the one with the greatest ratio to its median first."""
    found = []
    for run in long_runs(db, since, now, _VISIBLE, _LOOKED_AT):
        before = [span for span in succeeded_runs(db, run.workflow_id, _HISTORY) if span[0] < run.started_at]
        fits = same_class((started for started, _ in before), run.started_at, run.timezone)
        usual = learn([(end - start).total_seconds() for (start, end), same in zip(before, fits, strict=True) if same])
        if isinstance(usual, Usual) and run.seconds > usual.longest:
            found.append(Slower(run.workflow_id, run.id, run.seconds, usual.median))
    return tuple(sorted(found, key=lambda run: -run.seconds / max(1.0, run.usual)))
