"""When a workflow is due: schedules, and the fires that they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .durations import with_unit

__all__ = [
    "CATCHUP_LIMIT",
    "CAUGHT_UP",
    "LATE",
    "Catchup",
    "Disposition",
    "Fire",
    "Overlap",
    "OverlapScope",
    "Schedule",
    "ScheduleDefinition",
    "written",
]

CATCHUP_LIMIT = 100
"""At most so many missed fires of one schedule are made up for with `catchup: all`."""


LATE = timedelta(seconds=10)
"""A fire that is seen later than this was missed; the planner looks at least this often."""


CAUGHT_UP = "caught up"
"""With this begins the reason of a run whose fire was missed."""


class Catchup(StrEnum):
    """What to do about fires that were missed."""

    LATEST = "latest"  # one run for all of them
    ALL = "all"  # a run for each, at most CATCHUP_LIMIT
    NONE = "none"


class Overlap(StrEnum):
    """What to do when a schedule is due and its last run is not over."""

    QUEUE = "queue"  # wait for it; one may wait
    SKIP = "skip"
    ALLOW = "allow"  # side by side
    REPLACE = "replace"  # cancel it and start


class OverlapScope(StrEnum):
    """Which runs count as the last one."""

    WORKFLOW = "workflow"  # every run of the workflow, whoever started it
    SCHEDULE = "schedule"  # the schedule's own


class Disposition(StrEnum):
    """What became of a fire."""

    QUEUED = "queued"
    COALESCED = "coalesced"
    SKIPPED_OVERLAP = "skipped_overlap"
    SKIPPED_TOO_OLD = "skipped_too_old"
    SKIPPED_PAUSED = "skipped_paused"


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of one workflow. `spec` is what `triggers.parse_spec` returns; moments are UTC."""

    id: str
    workflow_id: str
    spec: Mapping[str, Any]
    timezone: str
    catchup: Catchup = Catchup.LATEST
    catchup_window: float | None = None
    """Fires that are older than so many seconds are not made up for."""
    overlap: Overlap = Overlap.QUEUE
    overlap_scope: OverlapScope = OverlapScope.WORKFLOW
    enabled: bool = True
    wake: bool = False
    """Whether Windows is woken from sleep for a fire."""
    generation: int = 1
    """Grows with each change, so that a planner that read the old one cannot write over the new one."""
    cursor: datetime | None = None
    """Every fire up to here has its disposition."""
    next_due: datetime | None = None
    """None: paused, or never due again."""
    problem: str = ""
    """What of it is stored in a form that cannot be read: a sentence. What stands for that are the defaults."""


@dataclass(frozen=True, slots=True)
class ScheduleDefinition:
    """A schedule as written: `spec` is not checked yet, and without an `id` it gets one from its place."""

    id: str
    spec: Mapping[str, Any]
    timezone: str | None = None
    catchup: Catchup = Catchup.LATEST
    catchup_window: float | None = None
    overlap: Overlap = Overlap.QUEUE
    overlap_scope: OverlapScope = OverlapScope.WORKFLOW
    enabled: bool = True
    wake: bool = False


def written(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec as a person wrote it."""
    found = {name: value for name, value in spec.items() if name != "anchor"}
    if isinstance(every := found.get("every"), str):
        found["every"] = with_unit(every)
    return found


@dataclass(frozen=True, slots=True)
class Fire:
    """One due moment of one schedule, or (with `until` and `count`) a row of them with the same fate."""

    schedule_id: str
    nominal: datetime
    disposition: Disposition
    reason: str = ""
    run_id: str | None = None
    until: datetime | None = None
    count: int = 1
