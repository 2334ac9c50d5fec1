"""Schedules and their fires."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .durations import with_unit
from .fields import About, Kind, declare

__all__ = [
    "CATCHUP_LIMIT",
    "CAUGHT_UP",
    "LATE",
    "Catchup",
    "Disposition",
    "Fire",
    "Overlap",
    "OverlapScope",
    "PlannerState",
    "Policies",
    "Schedule",
    "ScheduleDefinition",
    "written",
]

CATCHUP_LIMIT = 100
"""At most this many missed fires of one schedule get a run with `catchup: all`."""


LATE = timedelta(seconds=10)
"""A fire noticed later than this was missed; the planner checks at least this often."""


CAUGHT_UP = "caught up"
"""Prefix of the reason of a run for a missed fire."""


class Catchup(StrEnum):
    """What to do about missed fires."""

    LATEST = "latest"  # one run for all of them
    ALL = "all"  # a run for each, at most CATCHUP_LIMIT
    NONE = "none"


class Overlap(StrEnum):
    """What to do when a schedule is due and its previous run has not finished."""

    QUEUE = "queue"  # wait for it; one may wait
    SKIP = "skip"
    ALLOW = "allow"  # side by side
    REPLACE = "replace"  # cancel it and start


class OverlapScope(StrEnum):
    """Which runs count as the previous one."""

    WORKFLOW = "workflow"  # every run of the workflow, however it was started
    SCHEDULE = "schedule"  # the schedule's own


class Disposition(StrEnum):
    """The result of a fire."""

    QUEUED = "queued"
    COALESCED = "coalesced"
    SKIPPED_OVERLAP = "skipped_overlap"
    SKIPPED_TOO_OLD = "skipped_too_old"
    SKIPPED_PAUSED = "skipped_paused"


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of a schedule."""

    catchup: Catchup = declare(
        About(
            Kind.CHOICE,
            "Catch-up",
            "What to run for fires missed while the scheduler was down: latest (one run), all, or none.",
            words={"latest": "One run for all", "all": "Each of them", "none": "None"},
            shown="catch-up: {}",
        ),
        default=Catchup.LATEST,
    )
    catchup_window: float | None = declare(
        About(
            Kind.DURATION,
            "Catch-up window",
            "Ignore missed fires older than this.",
            unset="no limit",
            shown="catch-up within {}",
        ),
        default=None,
    )
    overlap: Overlap = declare(
        About(
            Kind.CHOICE,
            "Overlap",
            "If the previous run has not finished: queue, skip, allow or replace it.",
            words={
                "queue": "Queue one run",
                "skip": "Skip the fire",
                "allow": "Run both",
                "replace": "Replace the previous run",
            },
            shown="overlap: {}",
        ),
        default=Overlap.QUEUE,
    )
    overlap_scope: OverlapScope = declare(
        About(
            Kind.CHOICE,
            "Overlap scope",
            "Which runs count as the previous one: all of the workflow, or only the schedule's own.",
            words={"workflow": "Every run of the workflow", "schedule": "This schedule's own"},
            shown="overlap counts: {}",
        ),
        default=OverlapScope.WORKFLOW,
    )
    params: Mapping[str, Any] = declare(
        About(
            Kind.VALUES,
            "Parameters",
            "Values for the workflow's parameters, as NAME=value.",
            option="param",
            shown="{} parameter|{} parameters",
        ),
        factory=dict,
    )
    wake: bool = declare(
        About(Kind.FLAG, "Wake Windows", "Wake Windows from sleep for a fire.", off="no-wake", shown="wakes Windows"),
        default=False,
    )
    enabled: bool = declare(About(Kind.FLAG, "Enabled", "Whether it fires.", off="paused"), default=True)


@dataclass(frozen=True, slots=True)
class PlannerState:
    """How far the planner is with a schedule. Times are UTC."""

    generation: int = 1
    """Grows with each change, so that a planner that read an old version cannot overwrite a new one."""
    cursor: datetime | None = None
    """Every fire up to this time has a disposition."""
    next_due: datetime | None = None
    """None: paused, or never due again."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of one workflow. `spec` is what `triggers.parse_spec` returns."""

    id: str
    workflow_id: str
    spec: Mapping[str, Any]
    timezone: str
    policies: Policies = Policies()
    planner: PlannerState = PlannerState()
    problem: str = ""
    """A sentence about its unreadable parts, which are replaced by the defaults."""

    @property
    def enabled(self) -> bool:
        return self.policies.enabled

    def with_policies(self, **changes: Any) -> Schedule:
        return replace(self, policies=replace(self.policies, **changes))

    def at(self, cursor: datetime | None, next_due: datetime | None) -> Schedule:
        """The same, with the planner there."""
        return replace(self, planner=PlannerState(self.planner.generation, cursor, next_due))


@dataclass(frozen=True, slots=True)
class ScheduleDefinition:
    """A schedule as written: `spec` is not checked yet, and without an `id` it gets one from its place."""

    id: str
    spec: Mapping[str, Any]
    timezone: str | None = None
    policies: Policies = Policies()


def written(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec as a person wrote it."""
    found = {name: value for name, value in spec.items() if name != "anchor"}
    if isinstance(every := found.get("every"), str):
        found["every"] = with_unit(every)
    return found


@dataclass(frozen=True, slots=True)
class Fire:
    """One due time of one schedule, or (with `until` and `count`) a series with the same disposition."""

    schedule_id: str
    nominal: datetime
    disposition: Disposition
    reason: str = ""
    run_id: str | None = None
    until: datetime | None = None
    count: int = 1
